// The loader: what a board's shell is given first where it has not even the tools to receive a program: it reads from the
// terminal in binary, and is cksum, cat, chmod, rm, mv and stty, as little of them as src/install needs. It is typed through
// the console byte by byte, so it has to be small: a program of its own, without any library, of system calls alone.
//
//     r COUNT NUMBER FILE   the terminal is raw and "<NUMBERg>" printed in a line; so many bytes from it go to FILE; 3 s without one
//                           end it; then the terminal is as before
//     c [FILE...]           as cksum(1)
//     a FILE...             as cat(1)
//     m OCTAL FILE...       as chmod(1)
//     d -f FILE...          as rm(1)
//     n -f FROM TO          as mv(1), within a file system
//     s -g                  prints the terminal's settings as a word
//     s WORD                sets them
//     x FILE [ARG...]       runs FILE out of memory, also where it is mounted noexec
//
// Exit status 0, 1 with a message, or 2 for wrong usage.
#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <asm/unistd.h>

#include "loader/system_calls.h"

// Compilers call it for what is copied by =.
extern "C" void* memcpy(void* into, const void* from, decltype(sizeof(0)) count) {
  auto* to = static_cast<char*>(into);
  const auto* at = static_cast<const char*>(from);
  for (; count > 0; --count) *to++ = *at++;
  return into;
}

namespace serialtcp::loader {
namespace {

constexpr unsigned kBuffer = 4096;
constexpr unsigned char kTenths = 30;  ///< of a second without a byte
constexpr long kHere = -100;           // AT_FDCWD
constexpr long kEmptyPath = 0x1000;    // AT_EMPTY_PATH
constexpr long kCloseOnExec = 1;       // MFD_CLOEXEC
constexpr long kExecutable = 0x10;     // MFD_EXEC, which kernels before 6.3 do not know
constexpr int kStandardInput = 0;
constexpr int kStandardOutput = 1;
constexpr int kErrors = 2;

long address(const void* at) {
  return reinterpret_cast<long>(at);
}

unsigned length(const char* text) {
  unsigned count = 0;
  while (text[count] != 0) ++count;
  return count;
}

/// All of it; negative if that failed.
long write(int fd, const void* bytes, unsigned long count) {
  const char* at = static_cast<const char*>(bytes);
  while (count > 0) {
    const long done = system_call(__NR_write, fd, address(at), static_cast<long>(count));
    if (done == -EINTR) continue;
    if (done < 0) return done;
    at += done;
    count -= static_cast<unsigned long>(done);
  }
  return 0;
}

long read(int fd, void* into, unsigned long most) {
  long got = 0;
  do {
    got = system_call(__NR_read, fd, address(into), static_cast<long>(most));
  } while (got == -EINTR);
  return got;
}

void say(int fd, const char* text) {
  write(fd, text, length(text));
}

/// Without division, which some processors have not.
void say(int fd, unsigned long number) {
  static constexpr unsigned long kUnits[] = {1000000000, 100000000, 10000000, 1000000, 100000,
                                             10000,      1000,      100,      10,      1};
  char digits[sizeof(kUnits) / sizeof(kUnits[0])];
  unsigned count = 0;
  for (const unsigned long unit : kUnits) {
    char digit = '0';
    for (; number >= unit; number -= unit) ++digit;
    if (count > 0 || digit != '0' || unit == 1) digits[count++] = digit;
  }
  write(fd, digits, count);
}

/// Some of those of libc, since src/install knows them.
const char* error_text(long error) {
  if (error == -ENOENT) return "No such file or directory";
  if (error == -EACCES) return "Permission denied";
  if (error == -EPERM) return "Operation not permitted";
  if (error == -ENOSPC) return "No space left on device";
  if (error == -EDQUOT) return "Disk quota exceeded";
  if (error == -EROFS) return "Read-only file system";
  if (error == -ENOSYS) return "Function not implemented";
  if (error == -ENOEXEC) return "Exec format error";
  if (error == -ENOTTY) return "Not a terminal";
  return nullptr;
}

/// The exit status of a failure.
int failed(const char* what, long error) {
  say(kErrors, what);
  say(kErrors, ": ");
  if (const char* const text = error_text(error)) {
    say(kErrors, text);
  } else {
    say(kErrors, "error ");
    say(kErrors, static_cast<unsigned long>(-error));
  }
  say(kErrors, "\n");
  return 1;
}

int end_of(const char* what, long result) {
  return result < 0 ? failed(what, result) : 0;
}

/// Digits of that base; `right` is false if there is anything else, or they are too many.
struct Number {
  unsigned long value = 0;
  bool right = false;

  Number(const char* text, unsigned base) {
    for (; *text >= '0' && *text < static_cast<char>('0' + base); ++text) {
      value = value * base + static_cast<unsigned long>(*text - '0');
      right = value < 0x10000000;
      if (!right) return;
    }
    right = right && *text == 0;
  }
};

long open(const char* path, int flags) {
  return system_call(__NR_openat, kHere, address(path), flags | O_CLOEXEC, 0666);
}

void close(long fd) {
  system_call(__NR_close, fd);
}

/// What is read from `from` until it ends, to `to`; the failure if there is one.
long copy(int from, int to) {
  char buffer[kBuffer];
  for (;;) {
    const long count = read(from, buffer, sizeof(buffer));
    if (count <= 0) return count;
    const long written = write(to, buffer, static_cast<unsigned long>(count));
    if (written < 0) return written;
  }
}

// ---- The terminal ----

long terminal(long request, termios& settings) {
  return system_call(__NR_ioctl, kStandardInput, request, address(&settings));
}

void make_raw(termios& settings) {
  settings.c_iflag &= ~static_cast<tcflag_t>(IGNBRK | BRKINT | PARMRK | INPCK | ISTRIP | INLCR | IGNCR |
                                             ICRNL | IUCLC | IXON | IXOFF | IXANY | IMAXBEL);
  settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);
  settings.c_lflag &= ~static_cast<tcflag_t>(ISIG | ICANON | ECHO | ECHONL | IEXTEN);
  settings.c_cc[VMIN] = 0;
  settings.c_cc[VTIME] = kTenths;
}

/// What cannot be written is read all the same: otherwise it would become commands.
int receive(const char* count_text, const char* number, const char* path) {
  const Number count(count_text, 10);
  if (!count.right) return 2;
  const long to = open(path, O_WRONLY | O_CREAT | O_TRUNC);
  termios before;
  const long known = terminal(TCGETS, before);
  if (known >= 0) {
    termios raw = before;
    make_raw(raw);
    terminal(TCSETSW, raw);
  }
  say(kErrors, "<");
  say(kErrors, number);
  say(kErrors, "g>\n");
  long failure = to < 0 ? to : 0;
  for (unsigned long left = count.value; left > 0;) {
    char buffer[kBuffer];
    const long got = read(kStandardInput, buffer, left < kBuffer ? left : kBuffer);
    if (got <= 0) break;
    left -= static_cast<unsigned long>(got);
    if (failure == 0) failure = write(static_cast<int>(to), buffer, static_cast<unsigned long>(got));
  }
  if (known >= 0) terminal(TCSETSW, before);
  return end_of(path, failure);
}

int print_settings() {
  termios settings;
  const long known = terminal(TCGETS, settings);
  if (known < 0) return failed("terminal", known);
  char text[2 * sizeof(settings) + 2];
  char* at = text;
  *at++ = ':';
  const auto* const bytes = reinterpret_cast<const unsigned char*>(&settings);
  for (unsigned i = 0; i < sizeof(settings); ++i) {
    *at++ = static_cast<char>('a' + (bytes[i] >> 4));
    *at++ = static_cast<char>('a' + (bytes[i] & 15));
  }
  *at = '\n';
  return end_of("output", write(kStandardOutput, text, sizeof(text)));
}

int set_settings(const char* text) {
  termios settings;
  if (length(text) != 2 * sizeof(settings) + 1) return 2;
  auto* const bytes = reinterpret_cast<unsigned char*>(&settings);
  for (unsigned i = 0; i < sizeof(settings); ++i)
    bytes[i] = static_cast<unsigned char>((text[2 * i + 1] - 'a') << 4 | ((text[2 * i + 2] - 'a') & 15));
  return end_of("terminal", terminal(TCSETSW, settings));
}

// ---- Files ----

/// The CRC of cksum in POSIX: of the bytes, and then of their number.
struct Checksum {
  unsigned crc = 0;
  unsigned long count = 0;

  void add(unsigned char byte) {
    crc ^= static_cast<unsigned>(byte) << 24;
    for (int bit = 0; bit < 8; ++bit) crc = crc << 1 ^ ((crc & 0x80000000) != 0 ? 0x04C11DB7 : 0);
  }

  void print(const char* name) {
    const unsigned long size = count;
    for (unsigned long rest = size; rest > 0; rest >>= 8) add(static_cast<unsigned char>(rest));
    say(kStandardOutput, static_cast<unsigned long>(~crc));
    say(kStandardOutput, " ");
    say(kStandardOutput, size);
    if (name != nullptr) {
      say(kStandardOutput, " ");
      say(kStandardOutput, name);
    }
    say(kStandardOutput, "\n");
  }
};

long check(int fd, const char* name) {
  Checksum sum;
  unsigned char buffer[kBuffer];
  for (;;) {
    const long got = read(fd, buffer, sizeof(buffer));
    if (got < 0) return got;
    if (got == 0) break;
    for (long i = 0; i < got; ++i) sum.add(buffer[i]);
    sum.count += static_cast<unsigned long>(got);
  }
  sum.print(name);
  return 0;
}

/// cat and cksum: each file, or standard input.
int of_each(const char* const* names, bool is_check) {
  if (*names == nullptr)
    return end_of("input", is_check ? check(kStandardInput, nullptr) : copy(kStandardInput, kStandardOutput));
  int status = 0;
  for (; *names != nullptr; ++names) {
    const long fd = open(*names, O_RDONLY);
    long result = fd;
    if (fd >= 0) {
      result = is_check ? check(static_cast<int>(fd), *names) : copy(static_cast<int>(fd), kStandardOutput);
      close(fd);
    }
    status |= end_of(*names, result);
  }
  return status;
}

int change_modes(const char* mode_text, const char* const* names) {
  const Number mode(mode_text, 8);
  if (!mode.right) return 2;
  int status = 0;
  for (; *names != nullptr; ++names)
    status |=
        end_of(*names, system_call(__NR_fchmodat, kHere, address(*names), static_cast<long>(mode.value)));
  return status;
}

/// One that is not there is removed.
int remove(const char* const* names) {
  int status = 0;
  for (; *names != nullptr; ++names) {
    const long result = system_call(__NR_unlinkat, kHere, address(*names));
    if (result != -ENOENT) status |= end_of(*names, result);
  }
  return status;
}

int rename(const char* from, const char* to) {
#ifdef __NR_renameat
  return end_of(to, system_call(__NR_renameat, kHere, address(from), kHere, address(to)));
#else
  return end_of(to, system_call(__NR_renameat2, kHere, address(from), kHere, address(to)));
#endif
}

/// By the file descriptor, or, before Linux 3.19, by its name in /proc.
int run_from_memory(const char* const* words, const char* const* environment) {
  const long from = open(words[0], O_RDONLY);
  if (from < 0) return failed(words[0], from);
  const char* const name = "serialtcp";
  long memory = system_call(__NR_memfd_create, address(name), kCloseOnExec | kExecutable);
  if (memory == -EINVAL) memory = system_call(__NR_memfd_create, address(name), kCloseOnExec);
  if (memory < 0) return failed("memfd", memory);
  const long copied = copy(static_cast<int>(from), static_cast<int>(memory));
  if (copied < 0) return failed(words[0], copied);
  const char* const none = "";
  long result =
      system_call(__NR_execveat, memory, address(none), address(words), address(environment), kEmptyPath);
  if (result == -ENOSYS) {
    char path[] = "/proc/self/fd/0";
    path[sizeof(path) - 2] = static_cast<char>('0' + memory);
    result = system_call(__NR_execve, address(path), address(words), address(environment));
  }
  return failed(words[0], result);
}

int run(unsigned long count, const char* const* words, const char* const* environment) {
  if (count < 2 || length(words[1]) != 1) return 2;
  const char what = words[1][0];
  if (what == 'c' || what == 'a') return of_each(words + 2, what == 'c');
  if (count < 3) return 2;
  if (what == 's') return words[2][0] == ':' ? set_settings(words[2]) : print_settings();
  if (what == 'x') return run_from_memory(words + 2, environment);
  if (count < 4) return 2;
  if (what == 'm') return change_modes(words[2], words + 3);
  if (what == 'd') return remove(words + 3);
  if (count != 5) return 2;
  if (what == 'n') return rename(words[3], words[4]);
  return what == 'r' ? receive(words[2], words[3], words[4]) : 2;
}

}  // namespace
}  // namespace serialtcp::loader

void serialtcp_loader_run(const unsigned long* stack) {
  const unsigned long count = stack[0];
  const auto words = reinterpret_cast<const char* const*>(stack + 1);
  const int status = serialtcp::loader::run(count, words, words + count + 1);
  for (;;) serialtcp::loader::system_call(__NR_exit_group, status);
}
