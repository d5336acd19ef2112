#include "cli/install_user.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "os/clock.h"
#include "os/text.h"
#include "port/descriptor_posix.h"

namespace serialtcp::cli {

namespace {

constexpr std::size_t kMostAnswer = 1024;

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

/// The controlling terminal of this process, opened for this alone: without blocking. What it does not accept is dropped.
class InstallUser::Terminal {
 public:
  Terminal(io::asio::io_context& context, int fd) : descriptor_(context) { descriptor_.adopt(fd); }
  ~Terminal() { echo_on(); }

  io::Descriptor& descriptor() { return descriptor_; }

  void echo_off() {
    termios modes{};
    if (before_ || ::tcgetattr(descriptor_.fd(), &modes) != 0) return;
    before_ = modes;
    modes.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    modes.c_lflag |= ECHONL;
    ::tcsetattr(descriptor_.fd(), TCSANOW, &modes);
  }
  void echo_on() {
    if (before_) ::tcsetattr(descriptor_.fd(), TCSANOW, &*before_);
    before_.reset();
  }

  std::string typed;

 private:
  io::Descriptor descriptor_;
  std::optional<termios> before_;
};

InstallUser::InstallUser(io::asio::io_context& context, io::Observer& observer) : observer_(observer) {
  const int fd = ::open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd >= 0) terminal_ = std::make_unique<Terminal>(context, fd);
}

InstallUser::~InstallUser() {
  if (transcript_ >= 0) ::close(transcript_);
}

int InstallUser::keep_transcript(const std::string& path) {
  transcript_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
  return transcript_ >= 0 ? 0 : errno;
}

void InstallUser::tell(std::string_view text) {
  clear_bar();
  observer_.note(text);
}

// ---- Progress ----

std::string progress_text(std::size_t done, std::size_t total, std::size_t before, Duration elapsed) {
  std::string text = fmt::format("{} kB of {} kB ({} %)", done / 1000, total / 1000, done * 100 / total);
  const double seconds = std::chrono::duration<double>(elapsed).count();
  if (done <= before || seconds < 1) return text;
  const double rate = static_cast<double>(done - before) / seconds;
  return text +
         fmt::format(", {:.1f} kB/s, {:.0f} s left", rate / 1000, static_cast<double>(total - done) / rate);
}

void InstallUser::progress(std::size_t done, std::size_t total) {
  if (total == 0) return;
  const Time time = io::now();
  if (done == 0 || done < told_) {
    began_ = time;
    began_at_ = done;
    told_ = done;
  }
  const std::string text = progress_text(done, total, began_at_, time - began_);
  if (terminal_ && ::isatty(STDERR_FILENO) == 1) {
    constexpr std::size_t kBarWidth = 24;
    const std::size_t filled = done * kBarWidth / total;
    show(fmt::format("\r\x1B[K[{}{}] {}", std::string(filled, '#'), std::string(kBarWidth - filled, ' '),
                     text));
    bar_shown_ = true;
    if (done == total) clear_bar();
  } else if (done == total || done - told_ >= total / 4) {
    observer_.note(text);
    told_ = done;
  }
}

void InstallUser::clear_bar() {
  if (std::exchange(bar_shown_, false)) show("\r\x1B[K");
}

void InstallUser::show(std::string_view text) {
  if (terminal_)
    terminal_->descriptor().write(ByteView(reinterpret_cast<const Byte*>(text.data()), text.size()));
}

// ---- Questions ----

bool InstallUser::ask(std::string_view question, Echo echo) {
  if (!terminal_) return false;
  clear_bar();
  if (echo == Echo::off) terminal_->echo_off();  // first: whoever sees the question may answer at once
  show(io::printable(question));
  terminal_->typed.clear();
  asking_ = true;
  wait_for_keys();
  return true;
}

void InstallUser::wait_for_keys() {
  terminal_->descriptor().when_readable([this] { pressed(); });
}

/// A terminal gives whole lines.
void InstallUser::pressed() {
  if (!asking_) return;
  std::array<Byte, kMostAnswer> buffer;
  const io::LineResult result = terminal_->descriptor().read(buffer);
  if (result.status == io::LineStatus::would_block) return wait_for_keys();
  std::string& typed = terminal_->typed;
  typed.append(reinterpret_cast<const char*>(buffer.data()), result.count);
  const std::size_t end = typed.find('\n');
  const bool ended = result.status != io::LineStatus::ok || typed.size() > kMostAnswer;
  if (end == std::string::npos && !ended) return wait_for_keys();
  std::optional<std::string> answer;
  if (end != std::string::npos) answer = typed.substr(0, end);
  asking_ = false;
  terminal_->echo_on();
  typed.clear();
  if (answered_) answered_(std::move(answer));
}

void InstallUser::take_back() {
  asking_ = false;
  clear_bar();
  if (terminal_) terminal_->echo_on();
}

// ---- Transcript ----

void InstallUser::record(Way way, std::string_view text) {
  if (transcript_ < 0) return;
  if (last_way_ != way) write_all(transcript_, way == Way::typed ? "\n>>> " : "\n<<< ");
  last_way_ = way;
  if (!write_all(transcript_, text)) ::close(std::exchange(transcript_, -1));
}

}  // namespace serialtcp::cli
