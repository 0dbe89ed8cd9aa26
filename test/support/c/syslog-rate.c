// syslog-rate JAIL UID:GID[,GID...] LINES PER-SECOND [TEXT]
// Logs from inside a jail the way internal-sftp does: chroot, drop to the customer, then openlog, syslog and closelog
// for every line. A line reads "TEXT N" with N counting from 1. Ends after that many lines, with 0 only at SIGTERM; a
// line that is being sent then is still sent. Prints one line of JSON: lines sent, the longest single call in
// milliseconds, and how long all of it took.
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t ended = 0;

static void end(int number) {
  (void)number;
  ended = 1;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void sleep_until(double when) {
  double left = when - now();
  if (left <= 0) return;
  struct timespec t = {(time_t)left, (long)((left - (time_t)left) * 1e9)};
  nanosleep(&t, NULL);
}

static int enter(const char *jail, char *ids) {
  gid_t groups[32];
  int count = 0;
  char *colon = strchr(ids, ':');
  if (!colon) return -1;
  *colon = 0;
  for (char *id = strtok(colon + 1, ","); id && count < 32; id = strtok(NULL, ",")) groups[count++] = (gid_t)atoi(id);
  if (count == 0 || chdir(jail) || chroot(".")) return -1;
  return setgroups((size_t)count, groups) || setgid(groups[0]) || setuid((uid_t)atoi(ids)) ? -1 : 0;
}

int main(int argc, char **argv) {
  if (argc < 5) {
    fprintf(stderr, "usage: syslog-rate JAIL UID:GID[,GID...] LINES PER-SECOND [TEXT]\n");
    return 2;
  }
  long lines = atol(argv[3]);
  double gap = 1 / atof(argv[4]);
  const char *text = argc > 5 ? argv[5] : "syslog-rate line";
  // Before the chroot, as sshd has done when it forks internal-sftp: a jail has no /etc/localtime.
  tzset();
  if (enter(argv[1], argv[2])) {
    perror("syslog-rate");
    return 1;
  }
  // signal() restarts what it interrupts, so that no call of syslog is cut short.
  signal(SIGTERM, end);
  double start = now(), longest = 0;
  long sent = 0;
  while (!ended && (lines == 0 || sent < lines)) {
    sleep_until(start + sent * gap);
    double before = now();
    openlog("internal-sftp", LOG_PID, LOG_AUTH);
    syslog(LOG_INFO, "%s %ld", text, ++sent);
    closelog();
    double took = now() - before;
    if (took > longest) longest = took;
  }
  printf("{\"sent\":%ld,\"longestMs\":%.1f,\"seconds\":%.3f}\n", sent, longest * 1e3, now() - start);
  return 0;
}
