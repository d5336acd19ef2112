/* uart DEVICE WORD...: what tests of pins do to a port in the guest, beside the program that shares it. Prints one line.
 *   loop|nolo(op), out1|noout1, out2|noout2   set (or clear) these bits of the modem control register
 *   counts                                    TIOCGICOUNT: breaks and changes of pins so far
 *   speed                                     the speed in force */
#include <asm/termbits.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* As <asm-generic/termios.h>, which cannot be included beside <sys/ioctl.h>. */
static const struct {
  const char *name;
  int bit;
} kBits[] = {{"loop", 0x8000}, {"out1", 0x2000}, {"out2", 0x4000}};

static int change(int fd, const char *word) {
  const int clears = strncmp(word, "no", 2) == 0;
  for (unsigned i = 0; i < sizeof kBits / sizeof kBits[0]; ++i) {
    int bit = kBits[i].bit;
    if (strcmp(word + (clears ? 2 : 0), kBits[i].name) == 0) return ioctl(fd, clears ? TIOCMBIC : TIOCMBIS, &bit);
  }
  return -1;
}

int main(int count, char **words) {
  struct serial_icounter_struct counts;
  struct termios2 modes;
  const int fd = count > 1 ? open(words[1], O_RDWR | O_NOCTTY | O_NONBLOCK) : -1;
  if (fd < 0) return perror("open"), 1;
  printf("@@");
  for (int i = 2; i < count; ++i) {
    if (strcmp(words[i], "counts") == 0 && ioctl(fd, TIOCGICOUNT, &counts) == 0) {
      printf(" breaks=%d cts=%d dsr=%d ri=%d dcd=%d", counts.brk, counts.cts, counts.dsr, counts.rng, counts.dcd);
    } else if (strcmp(words[i], "speed") == 0 && ioctl(fd, TCGETS2, &modes) == 0) {
      printf(" speed=%u flags=%o", modes.c_ospeed, modes.c_cflag);
    } else if (change(fd, words[i]) != 0) {
      return perror(words[i]), 1;
    }
  }
  printf(" done\n");
  return 0;
}
