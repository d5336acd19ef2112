// The inner line stays open while the use changes, so nobody else can have it between. One wait for it is pending at a time,
// whoever it is for.
#include "getty/getty_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "os/clock.h"
#include "port/line_controls.h"

namespace serialtcp::getty {

using io::LineStatus;
using wire::ConsolePort;
using Use = ConsolePort::Use;

namespace {

/// At a prompt, a serialtcp at the other end is silent until it sees an end of frame. A terminal erases what it shows of it.
constexpr std::string_view kAnnouncement = "\x1f~     \x1f~\b\b\b\b\b\b\b       \b\b\b\b\b\b\b";
constexpr std::string_view kIsConsole = "it is a console, until a serialtcp speaks at its other end";

std::string_view why_text(ConsolePort::Why why) {
  switch (why) {
    case ConsolePort::Why::link_ended:
      return "the link has ended, and it is a console again";
    case ConsolePort::Why::no_link:
      return "a serialtcp was heard there, and there was no link: it is a console again";
    case ConsolePort::Why::typed:
      return "somebody types there, and it is a console again";
  }
  return "";
}

ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const Byte*>(text.data()), text.size()};
}

}  // namespace

GettyLine::GettyLine(io::asio::io_context& context, std::unique_ptr<io::Line> line, const Config& config,
                     std::shared_ptr<BoardConsole> console)
    : WrappedLine(line->name(), nullptr),
      context_(context),
      config_(config),
      console_(std::move(console)),
      port_(config.rate),
      alarm_(context),
      carrier_alarm_(context),
      announce_alarm_(context) {
  wrap(std::move(line));
  console_->on_port_output([this] { write_text(); });
}

GettyLine::~GettyLine() {
  console_->on_port_output(nullptr);
  GettyLine::close();
  console_->hang_up();
}

// ---- Opening and closing, for the link ----

void GettyLine::open(Opened opened) {
  opened_ = std::move(opened);
  if (!open_) {
    inner()->open(lifetime_.guard(
        [this](std::expected<void, io::OpenError> result) { opened_inner(std::move(result)); }));
    return;
  }
  look_at_use();
}

void GettyLine::opened_inner(std::expected<void, io::OpenError> result) {
  if (!opened_) return;
  if (!result) return std::exchange(opened_, nullptr)(std::move(result));
  open_ = true;
  // Before the program, which may write at once.
  if (config_.text == Wish::Text::without_link && port_.use() == Use::text) begin_text();
  if (config_.carrier == Wish::Carrier::ignored) {
    console_->start();
  } else {
    watch_carrier();
  }
  wait_readable();
  look_at_use();
}

/// To whom it belongs now.
void GettyLine::look_at_use() {
  if (config_.text == Wish::Text::never || port_.use() == Use::link) {
    if (opened_) begin_link();
  } else if (opened_ && !std::exchange(waits_, true)) {
    std::exchange(opened_, nullptr)(std::unexpected(
        io::OpenError{.kind = io::OpenError::Kind::missing, .text = std::string(kIsConsole), .lent = true}));
  }
  arm();
}

void GettyLine::close() {
  ++lent_times_;
  ready_ = nullptr;
  opened_ = nullptr;
  const bool was_lent = std::exchange(lent_, false);
  if (was_lent && open_ && port_.use() == Use::text) return begin_text();
  if (!open_) return;
  open_ = false;
  read_waits_ = write_waits_ = false;
  carrier_ = false;
  alarm_.cancel();
  carrier_alarm_.cancel();
  announce_alarm_.cancel();
  console_->show_at_port(false);
  // Whoever plugs something in later must not find somebody's shell.
  if (!port_.has_link()) console_->hang_up();
  WrappedLine::close();
}

/// A peer may speak at once.
io::Reopening GettyLine::reopening() const {
  if (!open_) return WrappedLine::reopening();
  return {.first = Duration{},
          .longest = Duration{},
          .trial = Duration{},
          .hearing = io::Reopening::Hearing::does_not_count};
}

// ---- The two uses ----

void GettyLine::begin_text() {
  first_.clear();
  console_->show_at_port(true);
  announce();
  announce_alarm_.start(kAnnounceAgain, [this] { announce(); });
  wait_readable();
  arm();
}

void GettyLine::announce() {
  inner()->write(as_bytes(kAnnouncement));
}

void GettyLine::begin_link() {
  announce_alarm_.cancel();
  console_->show_at_port(false);
  first_ = port_.take_first();
  lent_ = true;
  arm();
  std::exchange(opened_, nullptr)({});
}

void GettyLine::arm() {
  const Time due = port_.deadline();
  if (due == kNever || !open_) return alarm_.cancel();
  alarm_.start_at(due, [this] {
    Bytes keys;
    port_.tick(io::now(), keys);
    if (!keys.empty()) console_->type(keys);
    if (lent_ && port_.use() == Use::text && ready_) std::exchange(ready_, nullptr)();
    arm();
  });
}

void GettyLine::link_is_up() {
  port_.link_is_up();
  arm();
}

void GettyLine::link_is_down() {
  port_.link_is_down(io::now());
  if (!open_) console_->hang_up();
  arm();
}

// ---- The inner line ----

void GettyLine::wait_readable() {
  if (!open_ || std::exchange(read_waits_, true)) return;
  inner()->when_readable(lifetime_.guard([this] {
    read_waits_ = false;
    readable();
  }));
}

void GettyLine::readable() {
  if (!open_) return;
  if (!lent_) {
    if (config_.text == Wish::Text::without_link && port_.use() == Use::text) read_text();
    return;
  }
  if (ready_) std::exchange(ready_, nullptr)();
}

void GettyLine::read_text() {
  std::array<Byte, kReadAtOnce> buffer;
  const io::LineResult result = inner()->read(buffer);
  if (result.status == LineStatus::gone || result.status == LineStatus::ended) {
    Opened opened = std::exchange(opened_, nullptr);
    close();
    if (opened)
      opened(std::unexpected(io::OpenError{.kind = io::OpenError::Kind::missing, .text = result.reason}));
    return;
  }
  if (result.status == LineStatus::ok) {
    announce_alarm_.cancel();
    Bytes keys;
    port_.hear(ByteView(buffer).first(result.count), io::now(), keys);
    if (!keys.empty()) console_->type(keys);
  }
  wait_readable();
  look_at_use();
}

void GettyLine::write_text() {
  if (!open_ || lent_ || port_.use() != Use::text || (config_.carrier == Wish::Carrier::counts && !carrier_))
    return;
  while (!write_waits_) {
    const ByteView next = console_->for_port();
    if (next.empty()) return;
    const io::LineResult result = inner()->write(next);
    if (result.status == LineStatus::gone || result.status == LineStatus::ended) return;  // reading tells
    console_->port_took(result.count);
    if (result.count > 0) continue;
    write_waits_ = true;
    inner()->when_writable(lifetime_.guard([this] {
      write_waits_ = false;
      write_text();
    }));
  }
}

// ---- For the link ----

io::LineResult GettyLine::lent_back() const {
  return {.status = LineStatus::gone, .reason = std::string(why_text(port_.why())), .lent = true};
}

io::LineResult GettyLine::read(MutableByteView into) {
  if (config_.text == Wish::Text::without_link && port_.use() == Use::text) return lent_back();
  if (!first_.empty()) {
    const std::size_t count = std::min(first_.size(), into.size());
    std::copy_n(first_.begin(), count, into.begin());
    first_.erase(first_.begin(), first_.begin() + static_cast<std::ptrdiff_t>(count));
    return {LineStatus::ok, count};
  }
  const io::LineResult result = WrappedLine::read(into);
  if (config_.text == Wish::Text::without_link && result.status == LineStatus::ok) {
    port_.overhear(into.first(result.count), io::now());
    if (port_.use() == Use::text) return lent_back();
  }
  return result;
}

void GettyLine::when_readable(Ready ready) {
  if (first_.empty()) {
    ready_ = std::move(ready);
    wait_readable();
    return;
  }
  io::asio::post(context_, lifetime_.guard([ready = std::move(ready)]() mutable { ready(); }));
}

void GettyLine::when_writable(Ready ready) {
  WrappedLine::when_writable(lifetime_.guard([this, times = lent_times_, ready = std::move(ready)]() mutable {
    if (times == lent_times_) ready();
  }));
}

// ---- The carrier ----

bool GettyLine::has_carrier() {
  io::LineControls* const controls = inner()->controls();
  const auto lines = controls != nullptr ? controls->modem_lines() : std::nullopt;
  return !lines || lines->carrier == io::Pin::high;
}

void GettyLine::watch_carrier() {
  const bool carrier = has_carrier();
  if (carrier != std::exchange(carrier_, carrier)) {
    if (carrier) {
      console_->start();
    } else {
      console_->hang_up();
    }
  }
  carrier_alarm_.start(kCarrierEvery, [this] { watch_carrier(); });
}

}  // namespace serialtcp::getty
