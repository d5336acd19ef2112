// Which files are accepted as standard input and output, and the terminal that they may be.
#include "port/stdio_line.h"

#include <fmt/format.h>

#include <utility>

#include "os/clock.h"

namespace serialtcp::io {

namespace {

constexpr std::string_view kInputEnded =
    "standard input has ended: the program at its other side has closed it or ended, and so the link ends";

OpenError stdio_error(std::string_view which, std::string_view what) {
  return {OpenError::Kind::unusable, fmt::format("standard {} {}", which, what)};
}

std::optional<OpenError> look_at_stdio(GivenFile input, GivenFile output) {
  if (const auto problem = problem_of_stream(input)) return stdio_error("input", *problem);
  if (const auto problem = problem_of_stream(output)) return stdio_error("output", *problem);
  return std::nullopt;
}

constexpr GivenFile kInput = 0;
constexpr GivenFile kOutput = 1;
constexpr GivenFile kErrors = 2;
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
      request.context, request.name, kInput, kOutput,
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
  for (const GivenFile file : {kInput, kOutput}) {
    if (!problem_of_stream(file) && is_same_stream(file, kErrors)) return true;
  }
  return false;
}

StdioLine::StdioLine(asio::io_context& context, std::string name, GivenFile input, GivenFile output,
                     Interrupts interrupts)
    : name_(std::move(name)),
      in_(context, input, GivenStream::Way::input),
      out_(context, output, GivenStream::Way::output) {
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
  if (auto problem = look_at_stdio(in_.file(), out_.file())) return std::unexpected(std::move(*problem));
  for (GivenStream* const stream : {&in_, &out_}) {
    if (const auto problem = stream->open())
      return std::unexpected(stdio_error("input and output", "cannot be used: " + *problem));
  }
  return set_terminal_raw();
}

std::expected<void, OpenError> StdioLine::set_terminal_raw() {
  const bool in_is_one = is_terminal(in_.file());
  const bool out_is_one = is_terminal(out_.file());
  if (!in_is_one && !out_is_one) return {};
  if (in_is_one && out_is_one && !is_same_stream(in_.file(), out_.file()))
    return std::unexpected(stdio_error("input and output", "are two terminals: one is expected"));
  if (const auto problem = terminal_.set(in_is_one ? in_.file() : out_.file()))
    return std::unexpected(stdio_error("input and output", "cannot be set raw: " + *problem));
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
  in_.close();
  out_.close();
}

}  // namespace serialtcp::io
