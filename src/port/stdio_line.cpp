// Others may have the same file open, such as the shell that started us. It is made non-blocking for all of them, except
// for a terminal, which is opened again.
#include "port/stdio_line.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "os/clock.h"
#include "os/error_text.h"

namespace serialtcp::io {

namespace {

constexpr std::string_view kInputEnded =
    "standard input has ended: the program at its other side has closed it or ended, and so the link ends";

OpenError stdio_error(std::string_view which, std::string_view what) {
  return {OpenError::Kind::unusable, fmt::format("standard {} {}", which, what)};
}

bool is_same_file(const struct stat& one, const struct stat& other) {
  if (S_ISCHR(one.st_mode) && S_ISCHR(other.st_mode)) return one.st_rdev == other.st_rdev;
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/// Why it cannot carry bytes from and to another program; completes "standard input ...".
std::optional<std::string> problem_with(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return "is closed";
  struct stat null {};
  const bool is_null = ::stat("/dev/null", &null) == 0 && is_same_file(info, null);
  if (is_null) return "is /dev/null or closed: it has to be a terminal, a pipe or a socket";
  if (S_ISCHR(info.st_mode) || S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode)) return std::nullopt;
  return "is a file: it has to be a terminal, a pipe or a socket";
}

std::optional<OpenError> look_at_stdio(int input, int output) {
  if (const auto problem = problem_with(input)) return stdio_error("input", *problem);
  if (const auto problem = problem_with(output)) return stdio_error("output", *problem);
  return std::nullopt;
}

constexpr std::string_view kConsoleName = "stdio:console";

bool is_stdio_name(const std::string& name) {
  return name == kConsoleName || name == kDashLineKind.prefix || name == kStdioLineKind.prefix;
}

/// Those of the program that looks need not be those of the program that opens them.
std::expected<void, OpenError> check_stdio_name(const std::string& name) {
  if (is_stdio_name(name)) return {};
  return std::unexpected(
      OpenError{.text = "standard input and output is -, stdio: or stdio:console, and nothing else"});
}

std::expected<std::unique_ptr<Line>, std::string> make_stdio_line(const LineRequest& request) {
  if (auto named = check_stdio_name(request.name); !named) return std::unexpected(named.error().text);
  using Interrupts = StdioLine::Interrupts;
  return std::make_unique<StdioLine>(
      request.context, request.name, STDIN_FILENO, STDOUT_FILENO,
      request.name == kConsoleName ? Interrupts::end_it : Interrupts::are_data);
}

std::optional<std::string> stdio_as_text(const std::string&) {
  return "-";
}

constexpr SilenceAdvice kStdioAdvice = {
    .reasons = "the program that has started this one does not pass its bytes on",
    .check = "check to what standard input and output of this program are connected",
    .speed = SilenceAdvice::Speed::none};

}  // namespace

constinit const LineKind kStdioLineKind = {
    .prefix = "stdio:",
    .form = "",
    .make = &make_stdio_line,
    .look = &check_stdio_name,
    .exclusive = &stdio_as_text,
    .advice = kStdioAdvice,
};

constinit const LineKind kDashLineKind = {
    .prefix = "-",
    .form = "-",
    .make = &make_stdio_line,
    .look = &check_stdio_name,
    .exclusive = &stdio_as_text,
    .advice = kStdioAdvice,
};

bool standard_error_is_line() {
  struct stat error {};
  if (::fstat(STDERR_FILENO, &error) != 0) return false;
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO}) {
    struct stat info {};
    if (::fstat(fd, &info) == 0 && !problem_with(fd) && is_same_file(info, error)) return true;
  }
  return false;
}

StdioLine::StdioLine(asio::io_context& context, std::string name, int input, int output,
                     Interrupts interrupts)
    : name_(std::move(name)), input_(input), output_(output), in_(context), out_(context) {
  if (interrupts == Interrupts::end_it) interrupts_.emplace(wire::TypedKeys::kInterrupt);
}

StdioLine::~StdioLine() {
  StdioLine::close();
}

void StdioLine::open(Opened opened) {
  auto done = open_both();
  if (!done) close();
  opened(std::move(done));
}

std::expected<void, OpenError> StdioLine::open_both() {
  if (auto problem = look_at_stdio(input_.fd(), output_.fd())) return std::unexpected(std::move(*problem));
  const auto failed = [](int error) {
    return std::unexpected(stdio_error("input and output", "cannot be used: " + plain_text(error)));
  };
  const auto in = input_.own();
  if (!in) return failed(in.error());
  in_.adopt(*in);
  const auto out = output_.own();
  if (!out) return failed(out.error());
  out_.adopt(*out);
  return set_terminal_raw();
}

std::expected<void, OpenError> StdioLine::set_terminal_raw() {
  const bool in_is_one = ::isatty(in_.fd()) == 1;
  const bool out_is_one = ::isatty(out_.fd()) == 1;
  if (!in_is_one && !out_is_one) return {};
  struct stat in {};
  struct stat out {};
  ::fstat(in_.fd(), &in);
  ::fstat(out_.fd(), &out);
  if (in_is_one && out_is_one && !is_same_file(in, out))
    return std::unexpected(stdio_error("input and output", "are two terminals: one is expected"));
  if (const int error = terminal_.set(in_is_one ? in_.fd() : out_.fd()))
    return std::unexpected(stdio_error("input and output", "cannot be set raw: " + plain_text(error)));
  return {};
}

LineResult StdioLine::read(MutableByteView into) {
  LineResult result = in_.read(into);
  if (result.status == LineStatus::gone) return {LineStatus::ended, 0, std::string(kInputEnded)};
  if (result.status == LineStatus::ok && interrupts_ && interrupts_->typed(into.first(result.count), now()))
    return {LineStatus::ended, 0, "Ctrl-C was typed three times at the console, and so the link ends"};
  return result;
}

LineResult StdioLine::write(ByteView bytes) {
  LineResult result = out_.write(bytes);
  if (result.status != LineStatus::gone) return result;
  return {LineStatus::ended, 0,
          fmt::format("nothing can be written to standard output any more ({}), and so the link ends",
                      result.reason)};
}

std::optional<std::string> StdioLine::restore_settings() {
  if (!terminal_.set_again()) return {};
  return "WARNING: another program has changed the terminal that is standard input and output: it is set raw again";
}

std::string StdioLine::opened_as() const {
  return terminal_.is_set() ? "as a raw terminal: Ctrl-C and the like are data" : "";
}

void StdioLine::close() {
  terminal_.put_back();
  if (in_.is_open()) in_.close();
  if (out_.is_open()) out_.close();
  input_.put_back();
  output_.put_back();
}

}  // namespace serialtcp::io
