// replay-log SOCKET PER-SECOND <LOG
// Sends the lines of a log, from their tags on, to a log socket as those who wrote them did, so many a second. Prints how
// many seconds it took.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void sleep_until(double when) {
  double left = when - now();
  // A sleep that is shorter ends late by as much.
  if (left < 0.001) return;
  struct timespec t = {(time_t)left, (long)((left - (time_t)left) * 1e9)};
  nanosleep(&t, NULL);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  double rate = atof(argv[2]);
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  strncpy(to.sun_path, argv[1], sizeof to.sun_path - 1);
  int out = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (out < 0 || connect(out, (struct sockaddr *)&to, sizeof to)) {
    perror(argv[1]);
    return 1;
  }
  char line[2048], message[2200];
  double start = now();
  for (long sent = 0; fgets(line, sizeof line, stdin); sent++) {
    line[strcspn(line, "\n")] = 0;
    char *host = strchr(line, ' ');
    char *tag = host ? strchr(host + 1, ' ') : NULL;
    if (!tag) continue;
    sleep_until(start + sent / rate);
    time_t second = time(NULL);
    char stamp[32];
    strftime(stamp, sizeof stamp, "%b %e %H:%M:%S", gmtime(&second));
    // auth.info
    int length = snprintf(message, sizeof message, "<38>%s%s", stamp, tag);
    if (send(out, message, (size_t)length, 0) != length) {
      perror("send");
      return 1;
    }
  }
  printf("%.3f\n", now() - start);
  return 0;
}
