/* stat-jails ROOT KEYS: looks at what doctor looks at in each jail, in the same system calls; prints the ms that it took. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const char *const PARTS[] = {"", "/data", "/dev", "/dev/log"};

static void die(const char *what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  char path[1024];
  struct stat found;
  struct dirent *entry;
  unsigned long sum = 0;
  double start = now();
  DIR *root;

  if (argc != 3) return 2;
  if ((root = opendir(argv[1])) == NULL) die(argv[1]);
  while ((entry = readdir(root)) != NULL) {
    if (entry->d_type != DT_DIR || entry->d_name[0] == '.' || strcmp(entry->d_name, "dev") == 0) continue;
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
      snprintf(path, sizeof path, "%s/%s%s", argv[1], entry->d_name, PARTS[i]);
      if (lstat(path, &found) != 0) die(path);
      sum += found.st_mode;
    }
    snprintf(path, sizeof path, "%s/%s", argv[2], entry->d_name);
    if (lstat(path, &found) != 0) die(path);
    sum += found.st_mode;
  }
  closedir(root);
  printf("%f\n", now() - start);
  return sum == 0;
}
