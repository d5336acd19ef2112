// poll(2) before each write(2).
#include "os/line_sink.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "os/descriptor_sink_posix.h"
#include "os/error_text.h"
#include "os/own_standard_error.h"
#include "os/terminal.h"

namespace serialtcp::io {

namespace {

class DescriptorSink final : public LineSink {
 public:
  DescriptorSink(int fd, DescriptorOwner owner) : fd_(fd), owner_(owner) {}
  ~DescriptorSink() override {
    if (owner_ == DescriptorOwner::sink) ::close(fd_);
  }

  std::expected<void, Failure> write(std::string_view line) override {
    constexpr const char* kNotRead = "the output was not read";
    pollfd ready{fd_, POLLOUT, 0};
    if (::poll(&ready, 1, 0) == 0) return std::unexpected(Failure{kNotRead});
    const ssize_t put = ::write(fd_, line.data(), line.size());
    if (put == static_cast<ssize_t>(line.size())) return {};
    if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::unexpected(Failure{kNotRead});
    return std::unexpected(Failure{put < 0 ? plain_text(errno) : "there was no space left", put > 0});
  }

  bool wants_colours() const override { return ::isatty(fd_) != 0 && colours_are_wanted(); }

 private:
  int fd_;
  DescriptorOwner owner_;
};

}  // namespace

std::shared_ptr<LineSink> descriptor_sink(int fd, DescriptorOwner owner) {
  return std::make_shared<DescriptorSink>(fd, owner);
}

std::expected<std::shared_ptr<LineSink>, int> file_sink(const std::string& path) {
  const int fd =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);
  if (fd < 0) return std::unexpected(errno);
  return descriptor_sink(fd, DescriptorOwner::sink);
}

std::shared_ptr<LineSink> standard_error_sink() {
  const int fd = own_standard_error();
  return fd >= 0 ? descriptor_sink(fd, DescriptorOwner::sink) : descriptor_sink(STDERR_FILENO);
}

}  // namespace serialtcp::io
