// Negotiating before the line is open, and coding the bytes after that.
#include "port/telnet_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "net/target_text.h"
#include "os/clock.h"
#include "os/text.h"
#include "port/port_wish.h"
#include "port/telnet_text.h"
#include "port/url_options.h"

namespace serialtcp::io {

namespace {

using Logging = TelnetOptions::Logging;
using TelnetProtocol = TelnetLine::Protocol;

/// A text of the server before it closes is reported up to this length.
constexpr std::size_t kToldText = SocketLine::kToldBytes;

constexpr std::array kTelnetOptions = {KnownUrlOption{"timeout", "SECONDS"},
                                       KnownUrlOption{"logging", "LEVEL"}};
constexpr std::array kRfc2217Options = {KnownUrlOption{"ign_set_control"}, KnownUrlOption{"poll_modem"},
                                        KnownUrlOption{"timeout", "SECONDS"},
                                        KnownUrlOption{"logging", "LEVEL"}};
constexpr std::array<std::pair<std::string_view, Logging>, 4> kLoggingLevels = {
    {{"debug", Logging::debug},
     {"info", Logging::info},
     {"warning", Logging::warning},
     {"error", Logging::error}}};

telnet::PortWish wish_of(const LineRequest& request, const TelnetOptions& options) {
  telnet::PortWish wish = request.use.keeps_far_settings() ? kKeptPort : port_wish(request.settings);
  wish_pins(request.settings.dtr, request.settings.rts, wish);
  if (options.ignore_set_control) wish.control = telnet::PortWish::Control::ignored;
  return wish;
}

struct TelnetPlace {
  Target target;
  TelnetOptions options;
};

std::expected<void, std::string> take_telnet_option(const UrlOption& option, TelnetOptions& into) {
  if (option.name == "ign_set_control") into.ignore_set_control = true;
  if (option.name == "poll_modem") into.poll_modem = true;
  if (option.name == "timeout") {
    const auto timeout = seconds_from_text(option.value, TelnetLine::kMaxTimeout);
    if (!timeout || *timeout == Duration{})
      return std::unexpected(fmt::format("timeout={} is no number of seconds up to {}",
                                         printable(option.value), TelnetLine::kMaxTimeout.count()));
    into.timeout = *timeout;
  }
  if (option.name == "logging") {
    const auto level =
        std::ranges::find(kLoggingLevels, option.value, &std::pair<std::string_view, Logging>::first);
    if (level == kLoggingLevels.end())
      return std::unexpected(
          fmt::format("logging={}: use debug, info, warning or error", printable(option.value)));
    into.logging = level->second;
  }
  return {};
}

std::expected<TelnetPlace, std::string> parse_telnet_place(std::string_view text, TelnetProtocol protocol) {
  const SplitUrl url = split_url(text, '?');
  std::string_view where = url.place;
  if (where.ends_with('/')) where.remove_suffix(1);
  auto target = parse_target(where, Family::any);
  if (!target) return std::unexpected(target.error());
  const std::span<const KnownUrlOption> known =
      protocol == TelnetProtocol::rfc2217 ? std::span<const KnownUrlOption>(kRfc2217Options) : kTelnetOptions;
  const auto options = parse_url_options(url.options, known);
  if (!options) return std::unexpected(options.error());
  TelnetPlace place{std::move(*target), {}};
  for (const UrlOption& option : *options) {
    if (auto taken = take_telnet_option(option, place.options); !taken) return std::unexpected(taken.error());
  }
  return place;
}

constexpr std::string_view kTelnetPrefix = "telnet://";
constexpr std::string_view kRfc2217Prefix = "rfc2217://";

template <TelnetProtocol protocol>
constexpr std::string_view telnet_prefix() {
  return protocol == TelnetProtocol::rfc2217 ? kRfc2217Prefix : kTelnetPrefix;
}

template <TelnetProtocol protocol>
std::expected<std::unique_ptr<Line>, std::string> make_telnet(const LineRequest& request) {
  auto place = parse_telnet_place(request.rest(telnet_prefix<protocol>()), protocol);
  if (!place) return std::unexpected(place.error());
  return std::make_unique<TelnetLine>(request, std::move(place->target), protocol, place->options);
}

template <TelnetProtocol protocol>
std::expected<void, OpenError> look_for_telnet(const std::string& name) {
  auto place = parse_telnet_place(std::string_view(name).substr(telnet_prefix<protocol>().size()), protocol);
  if (!place) return std::unexpected(OpenError{.text = std::move(place.error())});
  return {};
}

/// The server is the same for all protocols, and whatever the options are.
template <TelnetProtocol protocol>
std::optional<std::string> exclusive_telnet(const std::string& name) {
  const std::string_view text = std::string_view(name).substr(telnet_prefix<protocol>().size());
  const auto place = parse_telnet_place(text, protocol);
  return "socket://" + (place ? to_string(place->target) : std::string(text));
}

}  // namespace

constinit const LineKind kTelnetLineKind = {
    .prefix = kTelnetPrefix,
    .form = "telnet://HOST:PORT",
    .make = &make_telnet<TelnetProtocol::telnet>,
    .look = &look_for_telnet<TelnetProtocol::telnet>,
    .exclusive = &exclusive_telnet<TelnetProtocol::telnet>,
    .advice = kServerAdvice,
};

constinit const LineKind kRfc2217LineKind = {
    .prefix = kRfc2217Prefix,
    .form = "rfc2217://HOST:PORT",
    .make = &make_telnet<TelnetProtocol::rfc2217>,
    .look = &look_for_telnet<TelnetProtocol::rfc2217>,
    .exclusive = &exclusive_telnet<TelnetProtocol::rfc2217>,
    .advice = kServerAdvice,
};

TelnetLine::TelnetLine(const LineRequest& request, Target target, TelnetProtocol protocol,
                       const TelnetOptions& options)
    : context_(request.context),
      name_(request.name),
      options_(options),
      observer_(request.observer),
      socket_(request.context, std::move(target)),
      timer_(request.context),
      use_(request.use),
      dtr_(request.settings.dtr),
      rts_(request.settings.rts) {
  if (protocol == TelnetProtocol::rfc2217) wish_ = wish_of(request, options);
  if (wish_) configured_baud_ = wish_->baud;
}

TelnetLine::~TelnetLine() {
  TelnetLine::close();
}

// ---- Opening ----

void TelnetLine::open(Opened opened) {
  opened_ = std::move(opened);
  state_ = State::connecting;
  if (pause_ == Duration{}) return connect();
  timer_.expires_after(pause_);
  timer_.async_wait(lifetime_.guard([this, generation = generation_](ErrorCode cancelled) {
    if (!cancelled && generation == generation_) connect();
  }));
}

void TelnetLine::connect() {
  socket_.open([this](const std::expected<void, OpenError>& result) {
    if (!result) return fail(result.error());
    connected();
  });
}

void TelnetLine::connected() {
  telnet::Listener& listener = *this;
  if (wish_) wish_->baud = configured_baud_;
  session_.emplace(wish_, listener, now());
  data_.clear();
  blocked_told_.clear();
  session_->start();
  flush();
  await(State::negotiating);
  await_bytes();
}

void TelnetLine::await(State state) {
  state_ = state;
  timer_.expires_after(options_.timeout);
  timer_.async_wait(lifetime_.guard([this, state, generation = generation_](ErrorCode cancelled) {
    if (!cancelled && generation == generation_ && state == state_) timed_out(state);
  }));
}

void TelnetLine::await_bytes() {
  socket_.when_readable([this] {
    // It may have been opened by the timer meanwhile.
    if (is_opening() && take_early()) await_bytes();
  });
}

bool TelnetLine::is_opening() const {
  return state_ == State::negotiating || state_ == State::setting;
}

/// Reads once. Whether the line is still being opened; if not, this may not exist any more.
bool TelnetLine::take_early() {
  LineResult result = receive();
  if (result.status == LineStatus::gone) {
    const std::string text = printable({reinterpret_cast<const char*>(data_.data()), data_.size()});
    if (!text.empty() && text.size() <= kToldText)
      result.reason += fmt::format(", after it had sent the text \"{}\"", text);
    fail({OpenError::Kind::passing, result.reason});
    return false;
  }
  data_.resize(std::min(data_.size(), kMaxEarly));
  return !opened_or_failed();
}

/// Whether everything that was asked for is answered. Then `opened_` has been called, and this may not exist any more.
bool TelnetLine::opened_or_failed() {
  if (state_ == State::negotiating && session_->negotiated()) {
    if (!wish_) {
      finish();
      return true;
    }
    if (!session_->has_port()) {
      fail({OpenError::Kind::unusable,
            "the server does not accept COM-PORT-OPTION (RFC 2217): enable it there, or use telnet://"});
      return true;
    }
    set_port();
  }
  if (state_ != State::setting || !session_->port()->answered()) return false;
  finish();
  return true;
}

void TelnetLine::set_port() {
  session_->set_port();
  if (!use_.keeps_far_settings()) session_->purge();  // others may use it, too
  flush();
  await(State::setting);
}

/// Not everything was answered in time.
void TelnetLine::timed_out(State awaited) {
  // This process may have been stopped: what is there to be read is older than the timer.
  if (!take_early() || state_ != awaited) return;
  if (state_ == State::setting || !wish_) return finish();
  if (session_->has_port()) return set_port();
  const auto seconds = std::chrono::duration<double>(options_.timeout).count();
  if (session_->speaks_telnet())
    return fail({OpenError::Kind::passing,
                 fmt::format("no answer about COM-PORT-OPTION (RFC 2217) within {} s: is it enabled there?",
                             seconds)});
  fail({OpenError::Kind::passing,
        fmt::format("nothing of telnet was received within {} s: is it a raw port? Use socket:// for one",
                    seconds)});
}

void TelnetLine::finish() {
  timer_.cancel();
  pause_ = {};
  state_ = State::open;
  tell_problems();
  if (options_.poll_modem && session_->has_port()) session_->ask_for_pins();
  flush();
  std::exchange(opened_, nullptr)({});
}

void TelnetLine::fail(OpenError error) {
  Opened opened = std::exchange(opened_, nullptr);
  if (is_opening()) pause_ = std::clamp(2 * pause_, kFirstPause, kLongestPause);
  close();
  opened(std::unexpected(std::move(error)));
}

void TelnetLine::close() {
  ++generation_;
  state_ = State::closed;
  opened_ = nullptr;
  writable_ = nullptr;
  speed_set_ = nullptr;
  flushing_ = false;
  timer_.cancel();
  socket_.close();
  session_.reset();
  data_.clear();
}

// ---- Bytes ----

LineResult TelnetLine::receive() {
  std::array<Byte, kReadAtOnce> raw;
  LineResult result = socket_.read(raw);
  if (result.status != LineStatus::ok) return result;
  session_->receive(ByteView(raw).first(result.count), now(), data_);
  switch (session_->failure()) {
    case telnet::Session::Failure::none:
      break;
    case telnet::Session::Failure::endless_negotiation:
      return {LineStatus::gone, 0,
              fmt::format("the server negotiates options of telnet without end: more than {} requests",
                          telnet::Session::kMaxAnswers)};
    case telnet::Session::Failure::answers_not_read:
      return {LineStatus::gone, 0,
              "the server negotiates options of telnet and does not read the answers about them"};
    case telnet::Session::Failure::endless_subnegotiation:
      return {LineStatus::gone, 0, "the server has begun a subnegotiation of telnet and does not end it"};
  }
  flush();
  if (state_ == State::open && std::exchange(answers_changed_, false) && session_->port()->answered())
    tell_problems();
  const bool bare_iac = state_ == State::open && session_->speaks_telnet() && session_->sends_bare_iac();
  if (bare_iac && !std::exchange(bare_iac_told_, true))
    log(Logging::warning,
        fmt::format(
            "{}: the server sends the byte FF hex without doubling it, as QEMU does: everything that it "
            "sends is taken for data now",
            name_));
  return result;
}

LineResult TelnetLine::read(MutableByteView into) {
  if (state_ != State::open) return {LineStatus::would_block};
  if (data_.empty()) {
    LineResult result = receive();
    if (result.status == LineStatus::gone) return result;
  }
  const std::size_t count = std::min(into.size(), data_.size());
  if (count == 0) return {LineStatus::would_block};
  const auto end = data_.begin() + static_cast<std::ptrdiff_t>(count);
  std::copy(data_.begin(), end, into.begin());
  data_.erase(data_.begin(), end);
  return {LineStatus::ok, count};
}

LineResult TelnetLine::write(ByteView bytes) {
  if (state_ != State::open) return {LineStatus::would_block};
  LineResult flushed = flush();
  std::size_t count = 0;
  while (flushed.status == LineStatus::ok && count < bytes.size()) {
    const std::size_t taken = session_->send(bytes.subspan(count));
    if (taken == 0) break;
    count += taken;
    flushed = flush();
  }
  if (flushed.status == LineStatus::gone) return flushed;
  if (count == 0) return {LineStatus::would_block};
  return {LineStatus::ok, count};
}

/// Writes what is pending; `ok` if nothing is any more.
LineResult TelnetLine::flush() {
  while (!session_->pending().empty()) {
    LineResult result = socket_.write(session_->pending());
    if (result.status == LineStatus::would_block) arm_flush();
    if (result.status != LineStatus::ok) return result;
    session_->sent(result.count);
  }
  return {};
}

void TelnetLine::arm_flush() {
  if (std::exchange(flushing_, true)) return;
  socket_.when_writable([this] {
    flushing_ = false;
    // That it is gone is found again by reading.
    if (flush().status == LineStatus::ok) wake_writer();
  });
}

void TelnetLine::wake_writer() {
  if (!writable_ || session_->suspended() || !session_->pending().empty()) return;
  post(std::exchange(writable_, nullptr));
}

void TelnetLine::post(Ready ready) {
  asio::post(context_, lifetime_.guard([this, generation = generation_, ready = std::move(ready)]() mutable {
    if (generation == generation_) ready();
  }));
}

void TelnetLine::when_readable(Ready ready) {
  if (data_.empty()) return socket_.when_readable(std::move(ready));
  post(std::move(ready));
}

void TelnetLine::when_writable(Ready ready) {
  writable_ = std::move(ready);
  if (session_) wake_writer();
}

std::size_t TelnetLine::unsent() const {
  return session_ ? socket_.unsent() + session_->pending().size() : 0;
}

// ---- What the user is told ----

std::optional<std::string> TelnetLine::restore_settings() {
  if (state_ != State::open || !session_->has_port()) return {};
  if (session_->pending().empty()) {
    session_->set_port();
    if (options_.poll_modem) session_->ask_for_pins();
    flush();
  }
  constexpr Byte kCts = 0x10;
  const auto pins = session_->port()->modem_state();
  const bool stopped_by_cts =
      wish_->flow == telnet::com_port::kHardwareFlowControl && pins && (*pins & kCts) == 0;
  std::string why;
  if (stopped_by_cts) why = "CTS is off there, so with RTS/CTS nothing is sent: is the cable plugged in?";
  if (session_->suspended())
    why = "the server has sent FLOWCONTROL-SUSPEND, and accepts no data until it resumes";
  if (std::exchange(blocked_told_, why) == why || why.empty()) return {};
  return fmt::format("WARNING: {}: {}", name_, why);
}

std::string TelnetLine::opened_as() const {
  if (!session_) return {};
  const bool binary = session_->mode(telnet::Side::us) == telnet::Mode::binary &&
                      session_->mode(telnet::Side::peer) == telnet::Mode::binary;
  if (!session_->has_port()) return binary ? "by telnet, binary" : "by telnet";
  return port_text(*session_->port()) + (binary ? " (RFC 2217, binary)" : " (RFC 2217)");
}

void TelnetLine::log(Logging level, const std::string& text) {
  if (level >= options_.logging) observer_.note(text);
}

void TelnetLine::tell_problems() {
  std::string text = fmt::format("{}", fmt::join(session_problems(*session_), "; "));
  if (std::exchange(problems_told_, text) == text || text.empty()) return;
  log(Logging::warning, fmt::format("WARNING: {}: {}", name_, text));
}

void TelnetLine::tell_line_errors(Byte errors) {
  const Time at = now();
  if (errors_since_ == Time{}) {
    errors_since_ = at;
  } else if (!errors_again_.due(at - errors_since_)) {
    return;
  }
  log(Logging::warning,
      fmt::format("WARNING: {}: the far port reports {}: are the speed and the wires right?", name_,
                  line_errors_text(errors)));
}

void TelnetLine::negotiated(Way way, Byte verb, Byte option) {
  if (options_.logging != Logging::debug) return;
  log(Logging::debug, fmt::format("{}: {} {}", name_, way == Way::sent ? "sent" : "received",
                                  negotiation_text(verb, option)));
}

void TelnetLine::port_told(const telnet::ComPort::Heard& heard) {
  using Kind = telnet::ComPort::Heard::Kind;
  switch (heard.kind) {
    case Kind::answer:
      answers_changed_ = true;
      if (speed_set_ && heard.value == telnet::com_port::kSetBaudRate) {
        timer_.cancel();
        speed_answered(speed());
      }
      return;
    case Kind::line_state:
      return tell_line_errors(heard.value);
    case Kind::modem_state:
      return log(Logging::info, fmt::format("{}: pins of the far port: {}", name_, pins_text(heard.value)));
    case Kind::suspended:
      return log(Logging::info, fmt::format("{}: received FLOWCONTROL-SUSPEND", name_));
    case Kind::resumed:
      log(Logging::info, fmt::format("{}: received FLOWCONTROL-RESUME", name_));
      return wake_writer();
    case Kind::signature:
      return log(Logging::info, fmt::format("{}: the server is \"{}\"", name_, printable(heard.text)));
    case Kind::signature_request:
    case Kind::nothing:
      return;
  }
}

}  // namespace serialtcp::io
