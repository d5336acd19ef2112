// Others may have the same file open, such as the shell that started us. It is made non-blocking for all of them, except
// for a terminal, which is opened again.
#include "port/given_stream.h"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "os/error_text.h"
#include "port/descriptor_posix.h"
#include "port/given_descriptor_posix.h"

namespace serialtcp::io {

namespace {

bool is_same_file(const struct stat& one, const struct stat& other) {
  if (S_ISCHR(one.st_mode) && S_ISCHR(other.st_mode)) return one.st_rdev == other.st_rdev;
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

}  // namespace

bool is_terminal(GivenFile file) {
  return ::isatty(file) == 1;
}

bool is_same_stream(GivenFile one, GivenFile other) {
  struct stat first {};
  struct stat second {};
  return ::fstat(one, &first) == 0 && ::fstat(other, &second) == 0 && is_same_file(first, second);
}

std::optional<std::string> problem_of_stream(GivenFile file) {
  struct stat info {};
  if (::fstat(file, &info) != 0) return "is closed";
  struct stat null {};
  const bool is_null = ::stat("/dev/null", &null) == 0 && is_same_file(info, null);
  if (is_null) return "is /dev/null or closed: it has to be a terminal, a pipe or a socket";
  if (S_ISCHR(info.st_mode) || S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode)) return std::nullopt;
  return "is a file: it has to be a terminal, a pipe or a socket";
}

struct GivenStream::State {
  State(asio::io_context& context, GivenFile file) : given(file), descriptor(context) {}

  GivenDescriptor given;
  Descriptor descriptor;
};

GivenStream::GivenStream(asio::io_context& context, GivenFile file, Way)
    : file_(file), state_(std::make_unique<State>(context, file)) {}

GivenStream::~GivenStream() {
  close();
}

std::optional<std::string> GivenStream::open() {
  const auto own = state_->given.own();
  if (!own) return plain_text(own.error());
  state_->descriptor.adopt(*own);
  return std::nullopt;
}

void GivenStream::close() {
  if (is_open()) state_->descriptor.close();
  state_->given.put_back();
}

bool GivenStream::is_open() const {
  return state_->descriptor.is_open();
}

LineResult GivenStream::read(MutableByteView into) {
  return state_->descriptor.read(into);
}

LineResult GivenStream::write(ByteView bytes) {
  return state_->descriptor.write(bytes);
}

void GivenStream::when_readable(Line::Ready ready) {
  state_->descriptor.when_readable(std::move(ready));
}

void GivenStream::when_writable(Line::Ready ready) {
  state_->descriptor.when_writable(std::move(ready));
}

std::size_t GivenStream::unsent() const {
  return state_->descriptor.unsent();
}

}  // namespace serialtcp::io
