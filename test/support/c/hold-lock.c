// hold-lock SECONDS: holds the account lock (lckpwdf: a write lock on /etc/.pwd.lock) as useradd and vipw do.
// Prints "locked" once it has it.
#include <shadow.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: hold-lock SECONDS\n");
    return 2;
  }
  if (lckpwdf() != 0) {
    perror("hold-lock");
    return 1;
  }
  puts("locked");
  fflush(stdout);
  usleep((useconds_t)(atof(argv[1]) * 1e6));
  return ulckpwdf() == 0 ? 0 : 1;
}
