#include "port/spy_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "os/clock.h"
#include "os/text.h"
#include "port/line_factory.h"
#include "port/stdio_line.h"
#include "port/url_options.h"

namespace serialtcp::io {

namespace {

constexpr std::array kSpyOptions = {KnownUrlOption{"file", "FILE"}, KnownUrlOption{"raw"},
                                    KnownUrlOption{"all"}, KnownUrlOption{"color"}};

constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kWhite = "\x1b[37m";
constexpr std::string_view kDefaultColor = "\x1b[0m";

std::string dump_beginning(Duration since, std::string_view label) {
  return fmt::format("{:010.3f} {:4} ", std::chrono::duration<double>(since).count(), label);
}

std::expected<SpyOptions, std::string> spy_options_of(const std::string& name) {
  auto options = parse_spy(std::string_view(name).substr(kSpyLineKind.prefix.size()));
  if (options && options->file.empty() && is_standard_input_and_output(options->line) &&
      standard_error_is_line())
    return std::unexpected(
        "standard error is the same terminal, pipe or socket as the line, where the dump would be noise: use file=FILE");
  return options;
}

std::expected<std::unique_ptr<Line>, std::string> make_spy(const LineRequest& request) {
  auto options = spy_options_of(request.name);
  if (!options) return std::unexpected(options.error());
  auto inner = make_line(
      {request.context, options->line, request.settings, request.observer, request.watcher, request.use});
  if (!inner) return std::unexpected(inner.error());
  return std::make_unique<SpyLine>(request.name, std::move(*inner), std::move(*options), request.observer);
}

std::expected<void, OpenError> look_at_spied(const std::string& name) {
  const auto options = spy_options_of(name);
  if (!options) return std::unexpected(OpenError{.text = options.error()});
  return look_at_line(options->line);
}

}  // namespace

constinit const LineKind kSpyLineKind = {
    .prefix = "spy://",
    .form = "spy://LINE",
    .make = &make_spy,
    .look = &look_at_spied,
    .exclusive = [](const std::string& name) -> std::optional<std::string> {
      const auto options = spy_options_of(name);
      return options ? exclusive_line(options->line) : name;
    },
    .advice = kCableAdvice,
};

std::expected<SpyOptions, std::string> parse_spy(std::string_view text) {
  const SplitUrl url = split_url(text, '?');
  if (url.place.empty()) return std::unexpected("a line is expected, as in spy:///dev/ttyUSB0?file=dump.txt");
  if (url.place.starts_with(kSpyLineKind.prefix))
    return std::unexpected("spy:// in spy:// would write everything twice");
  const auto options = parse_url_options(url.options, kSpyOptions);
  if (!options) return std::unexpected(options.error());
  SpyOptions result{.line = std::string(url.place), .file = {}};
  for (const UrlOption& option : *options) {
    if (option.name == "file") result.file = option.value;
    result.raw = result.raw || option.name == "raw";
    result.all = result.all || option.name == "all";
    result.color = result.color || option.name == "color";
  }
  return result;
}

std::string hex_dump(Duration since, std::string_view label, ByteView bytes) {
  constexpr std::size_t kRow = 16;
  std::string text;
  for (std::size_t offset = 0; offset < bytes.size(); offset += kRow) {
    std::string hex, characters;
    for (const Byte byte : bytes.subspan(offset, std::min(kRow, bytes.size() - offset))) {
      hex += fmt::format("{:02X} ", byte);
      characters += byte >= 0x20 && byte <= 0x7E ? static_cast<char>(byte) : '.';
    }
    text += fmt::format("{}{:04X}  {:<49}{}\n", dump_beginning(since, label), offset, hex, characters);
  }
  return text;
}

SpyLine::SpyLine(std::string name, std::unique_ptr<Line> inner, SpyOptions options, Observer& observer)
    : WrappedLine(std::move(name), std::move(inner)),
      options_(std::move(options)),
      observer_(observer),
      output_(options_.file),
      start_(now()) {}

void SpyLine::open(Opened opened) {
  output_.open();
  WrappedLine::open([this, opened = std::move(opened)](const std::expected<void, OpenError>& result) mutable {
    open_ = result.has_value();
    tell(open_ ? fmt::format("open {}", opened_as()) : fmt::format("open: {}", result.error().text));
    opened(result);
  });
}

void SpyLine::close() {
  if (std::exchange(open_, false)) tell("close");
  WrappedLine::close();
}

LineResult SpyLine::read(MutableByteView into) {
  LineResult result = WrappedLine::read(into);
  if (result.status == LineStatus::ok) dump(Way::received, into.first(result.count));
  if (result.status == LineStatus::gone || result.status == LineStatus::ended)
    tell(fmt::format("lost: {}", result.reason));
  return result;
}

LineResult SpyLine::write(ByteView bytes) {
  LineResult result = WrappedLine::write(bytes);
  if (result.status == LineStatus::ok) dump(Way::sent, bytes.first(result.count));
  return result;
}

void SpyLine::dump(Way way, ByteView bytes) {
  const bool sent = way == Way::sent;
  const std::string_view color = sent ? kRed : kGreen;
  if (options_.raw) return put(color, std::string(bytes.begin(), bytes.end()));
  put(color, hex_dump(now() - start_, sent ? "TX" : "RX", bytes));
}

void SpyLine::tell(std::string_view what) {
  if (options_.all && !options_.raw)
    put(kWhite, fmt::format("{}{}\n", dump_beginning(now() - start_, "LINE"), printable(what)));
}

void SpyLine::put(std::string_view color, std::string text) {
  if (options_.color) text = fmt::format("{}{}{}", color, text, kDefaultColor);
  output_.write(text);
  if (const auto problem = output_.take_problem())
    observer_.note(fmt::format("WARNING: {}: {}", name(), *problem));
}

}  // namespace serialtcp::io
