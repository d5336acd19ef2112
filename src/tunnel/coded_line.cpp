#include "tunnel/coded_line.h"

#include <algorithm>
#include <utility>

#include "wire/line_sweep.h"
#include "wire/terminal.h"

namespace serialtcp::tunnel {

namespace {

using namespace std::chrono_literals;
using wire::LineMode;
using Kind = wire::LineMessage::Kind;

// On a line that carries hellos, one arrives within this time: five were sent.
constexpr Duration kDeaf = 1500ms;
// Or, on a slow line, within the time of so many bytes.
constexpr std::uint64_t kSomeHellos = 800;
// Where the bytes are coded, this is announced before hellos, but not more often.
constexpr Duration kAnnounceEvery = 200ms;
// The other end takes part in the search: no hello is sent for this time.
constexpr Duration kExchangeTime = 1s;
// But not for longer than this in a search: the line may only be noisy.
constexpr Duration kSearchAlone = 2500ms;
// A coding that was announced, and by which no frame arrives, is wrong.
constexpr Duration kDecoderPatience = 2s;
using wire::kXoff;
using wire::kXon;
// An answer that has not arrived by then is late, however far the other end seems to be.
constexpr Duration kLateAtMost = 4s;
// A line that is in use is examined at most so often.
constexpr Duration kAskedInUse = 30s;
// What is asked of the protocol at once: decided late, but not byte by byte.
constexpr std::size_t kPiece = 4096;

std::uint64_t agreement_seed(const Entropy& entropy) {
  std::uint64_t seed = 0;
  for (const Byte byte : entropy) seed = (seed ^ byte) * 0x100000001B3ULL;
  return seed;
}

Duration patience(std::uint64_t rate) {
  return std::max(kDeaf, Duration(1s) * static_cast<Duration::rep>(kSomeHellos) /
                             static_cast<Duration::rep>(std::max<std::uint64_t>(rate, 1)));
}

constexpr Byte kTilde = '~';

wire::LineGuard::Tilde tilde(const CleanLine& clean) {
  const bool separated = clean.mode == CleanMode::automatic && clean.avoided[kTilde];
  return separated ? wire::LineGuard::Tilde::separated : wire::LineGuard::Tilde::as_it_is;
}

CleanLine avoided_everywhere(CleanLine clean) {
  if (tilde(clean) == wire::LineGuard::Tilde::separated) clean.avoided.reset(kTilde);
  return clean;
}

bool ends_frame(ByteView bytes) {
  return bytes.size() >= 2 && bytes[bytes.size() - 2] == wire::kEscape && bytes.back() == wire::kEndPlain;
}

}  // namespace

CodedLine::CodedLine(const EndpointConfig& config, const Entropy& entropy)
    : clean_(avoided_everywhere(config.clean)),
      half_duplex_(config.duplex == Duplex::half),
      sealed_(config.key.has_value()),
      patience_(patience(config.nominal_rate)),
      chooser_(config, entropy),
      agreement_(clean_, config.nominal_rate, agreement_seed(entropy)),
      guard_(tilde(config.clean)),
      go_on_(patience_) {
  use_encoder();
}

// ---- From the line ----

void CodedLine::feed(ByteView bytes, Time now) {
  received_ += bytes.size();
  go_on_.heard(now);
  if (is_off()) {
    fed_ += bytes.size();
    return chooser_.feed(bytes, now);
  }
  if (!splits()) return hear_data(bytes, now);
  while (const auto item = splitter_.next(bytes)) {
    if (item->message) {
      hear(*item->message, now);
    } else {
      hear_data(item->data, now);
    }
  }
  watch_for_hellos(now);
}

/// A peer that does not know of messages may send content that looks like one.
bool CodedLine::splits() const {
  return !chooser_.in_use().link_up() || chooser_.own().peer_supports_line_coding();
}

void CodedLine::hear(const wire::LineMessage& message, Time now) {
  if (message.kind == Kind::filler || message.kind == Kind::go_on) return;
  const bool own = agreement_.is_own(message);
  if (message.kind == Kind::sweep) {
    sweep_.emplace();
    own_sweep_ = own;
    return;
  }
  if (message.kind == Kind::swept) {
    if (sweep_ && !own_sweep_ && !own) agreement_.heard_sweep(*sweep_, now);
    if (sweep_ && own == own_sweep_) sweep_.reset();
  } else {
    if (!own) heard_peer(now);
    const bool asks = message.kind != Kind::announce;
    if (asks && (!may_ask() || !may_be_asked(now))) return;
    agreement_.heard(message, now);
    if (own) return;
    if (!asks) use_decoder(agreement_.coding_of_peer(), now);
  }
  // Hellos would not arrive, and delay what is said here.
  const bool deaf = deaf_since_ != kNever && now - deaf_since_ >= patience_;
  const bool begun = now - search_begun_ < kSearchAlone;
  if (agreement_.searching() && !own && deaf && begun) chooser_.own().postpone_hello(now + kExchangeTime);
  for (const ByteChange& change : agreement_.take_changes()) chooser_.own().tell_byte_change(change);
  if (agreement_.take_hopeless()) {
    told_ = event::LineCoded{.avoided = 0, .hopeless = true};
    tells_ = true;
  }
}

/// An end of ours is there, whatever else was heard.
void CodedLine::heard_peer(Time now) {
  if (!chooser_.in_use().link_up() && chooser_.own().hears_text()) chooser_.own().protocol_heard(now);
}

/// While frames of a peer arrive, somebody else may be asking: it is answered, but not often.
bool CodedLine::may_be_asked(Time now) {
  if (agreement_.searching() || !peer_is_heard(now)) return true;
  if (now < asked_from_) return false;
  asked_from_ = now + kAskedInUse;
  return true;
}

bool CodedLine::peer_is_heard(Time now) const {
  return chooser_.in_use().link_up() && now - chooser_.last_heard() < kDeaf;
}

/// The announcement may be somebody else's. What was in use before is tried again if no frame arrives.
void CodedLine::use_decoder(const wire::LineCoding& coding, Time now) {
  if (coding != decoder_.coding()) other_coding_ = decoder_.coding();
  decoder_ = wire::LineDecoder(coding);
  decoder_since_ = now;
}

void CodedLine::hear_data(ByteView bytes, Time now) {
  if (sweep_) {
    sweep_->insert(sweep_->end(), bytes.begin(), bytes.end());
    if (sweep_->size() <= wire::kMaxSweep) return;
    // Its end was lost.
    sweep_.reset();
    return;
  }
  const bool up = chooser_.in_use().link_up();
  if (!up && deaf_since_ == kNever) deaf_since_ = now;
  if (up && other_coding_ && now - std::max(decoder_since_, chooser_.last_heard()) > kDecoderPatience)
    use_decoder(*other_coding_, now);
  decode(bytes, now);
  // Perhaps the peer has restarted, and does not know how bytes are coded.
  const Time known = std::max(announced_, chooser_.last_heard());
  if (encoder_.coding().mode == LineMode::plain || now - known < patience_) return;
  announced_ = now;
  agreement_.announce_again();
}

void CodedLine::decode(ByteView bytes, Time now) {
  if (decoder_.coding().mode == LineMode::plain) {
    fed_ += bytes.size();
    chooser_.feed(bytes, now);
  } else {
    raw_.clear();
    decoder_.decode(bytes, raw_);
    fed_ += raw_.size();
    if (!raw_.empty()) chooser_.feed(raw_, now);
  }
  look_at_link(now);
}

/// What was learned of a line is forgotten with its link.
void CodedLine::look_at_link(Time now) {
  const bool up = chooser_.in_use().link_up();
  if (up) deaf_since_ = kNever;
  if (up == was_up_) return;
  if (up) {
    was_up_ = true;
    go_on_.link_is_up();
    agreement_.link_is_up();
    if (std::exchange(asked_, false) && encoder_.coding().mode == LineMode::plain)
      chooser_.own().suspect_lead_in();
    if (clean_.mode == CleanMode::automatic && clean_.avoided.any() &&
        chooser_.own().peer_supports_line_coding())
      agreement_.avoid(clean_.avoided);
    return;
  }
  // A peer that has restarted is heard, and so the coding is right.
  if (!chooser_.own().is_down()) return;
  was_up_ = false;
  agreement_.forget();
  reset_codecs();
  decoder_ = wire::LineDecoder(agreement_.coding_of_peer());
  deaf_since_ = kNever;
  hello_heard_ = now;
}

/// As this end has decided to send.
void CodedLine::use_encoder() {
  encoder_ = wire::LineEncoder(agreement_.coding());
  chooser_.own().line_is_coded(encoder_.coding().mode != LineMode::plain);
}

void CodedLine::reset_codecs() {
  splitter_.reset();
  sweep_.reset();
  decoder_.reset();
  use_encoder();
  announced_ = {};
}

// ---- Asking ----

bool CodedLine::may_ask() const {
  return clean_.mode != CleanMode::eight_bits && !half_duplex_ && !chooser_.is_original() &&
         !chooser_.own().is_leaving();
}

void CodedLine::watch_for_hellos(Time now) {
  look_at_link(now);
  // The first message of a handshake consists of values that most lines carry, and the others do not.
  if (chooser_.last_heard() > hello_heard_ && !sealed_) {
    hello_heard_ = chooser_.last_heard();
    deaf_since_ = kNever;
  }
  const bool text = chooser_.own().hears_text();
  if (!text) asked_at_text_ = false;
  if (search_due() > now) return;
  asked_at_text_ = text;
  search_begun_ = now;
  agreement_.begin(now);
}

Time CodedLine::search_due() const {
  const bool asks = clean_.mode == CleanMode::automatic && may_ask() && !agreement_.searching() &&
                    !chooser_.own().hears_prompt() && !asked_at_text_;
  return asks && deaf_since_ != kNever ? std::max(deaf_since_ + patience_, agreement_.again_from()) : kNever;
}

void CodedLine::tick(Time now) {
  chooser_.tick(now);
  if (is_off()) return;
  watch_for_hellos(now);
  if (announcement_due() > now) return;
  announced_ = now;
  agreement_.announce_again();
}

/// The peer may have lost it.
Time CodedLine::announcement_due() const {
  if (encoder_.coding().mode == LineMode::plain || !chooser_.in_use().link_up()) return kNever;
  const Time overdue = chooser_.in_use().overdue_at();
  return overdue == kNever ? kNever : std::max(overdue, announced_ + patience_);
}

Time CodedLine::deadline() const {
  return is_off() ? chooser_.deadline() : std::min({chooser_.deadline(), search_due(), announcement_due()});
}

// ---- To the line ----

Time CodedLine::speech_due() const {
  return is_off() || chooser_.own().hears_prompt() ? kNever : std::min(agreement_.due(), go_on_due());
}

/// Something else than the protocol's bytes.
void CodedLine::say(ByteView bytes, Time now) {
  guard_.interrupted();
  outbox_.append(bytes);
  chooser_.own().line_taken(bytes.size(), now);
}

/// Half-duplex lines have no terminals. But where one echoes, a line may only look like that.
bool CodedLine::may_be_stopped() const {
  return !is_off() && !half_duplex_;
}

/// While a link is up. An answer is late after a quarter of the time after which it is overdue, but soon enough where
/// the line has stopped before, since that seems to be its round trip. What was sent before this end knew of XOFF may
/// have stopped the line, too.
Time CodedLine::go_on_due() const {
  if (!may_be_stopped() || !guards()) return kNever;
  const auto how = chooser_.own().line_is_half_duplex() ? GoOn::How::late : GoOn::How::promptly;
  const Time since = chooser_.in_use().unanswered_since();
  if (since == kNever) return go_on_.due(how, kNever);
  return go_on_.due(how, since + std::min((chooser_.in_use().overdue_at() - since) / 4, kLateAtMost));
}

/// Before hellos and messages, but not at a console: a hello may still be put off there, and what prints is not stopped.
/// The byte alone would damage a frame.
void CodedLine::let_go_on(Time now) {
  const bool up = chooser_.in_use().link_up();
  const bool before_hello =
      may_be_stopped() && !in_frame_ && !chooser_.own().hears_text() && go_on_.is_due_before_hello(now);
  if (up ? go_on_due() > now : !before_hello) return;
  go_on_.said(now);
  if (up) say(agreement_.go_on(), now);
  say(Bytes{kXon}, now);
}

/// The end of frame after the XON separates it from the next frame.
void CodedLine::let_answers_through(ByteView sent) {
  go_on_.sent(sent);
  if (chooser_.in_use().link_up() || chooser_.own().is_leaving()) return;
  if (!may_be_stopped() || !go_on_.is_due_after_frame()) return;
  outbox_.append(Bytes{kXon, wire::kEscape, wire::kEndPlain});
}

void CodedLine::speak(Time now) {
  let_go_on(now);
  const bool announces = agreement_.announces_next();
  const Bytes speech = agreement_.compose(now);
  if (speech.empty()) return;
  say(speech, now);
  asked_ = asked_ || !chooser_.in_use().link_up();
  if (!announces) return;
  announced_ = now;
  if (encoder_.coding() == agreement_.coding()) return;
  use_encoder();
  if (!chooser_.in_use().link_up()) chooser_.own().seek(now);
  if (encoder_.coding().mode == LineMode::plain) return;
  told_ = event::LineCoded{.avoided = static_cast<std::uint32_t>(encoder_.coding().avoided.count())};
  tells_ = true;
}

std::size_t CodedLine::transmit(MutableByteView room, Time now) {
  std::size_t filled = outbox_.take(room);
  while (filled < room.size() && outbox_.empty()) {
    const bool speaks = speech_due() <= now;
    if (speaks) {
      speak(now);
    } else if (!chooser_.in_use().link_up() && chooser_.transmit_due() <= now) {
      let_go_on(now);
    }
    filled += outbox_.take(room.subspan(filled));
    if (speaks && speech_due() <= now) continue;
    if (!outbox_.empty() || filled == room.size()) break;
    const std::uint64_t before = composed_;
    const bool plain = is_off() || encoder_.coding().mode == LineMode::plain;
    filled += plain ? transmit_plain(room.subspan(filled), now) : transmit_coded(room.subspan(filled), now);
    if (composed_ == before || (plain && outbox_.empty())) break;
  }
  sent_ += filled;
  go_on_.sent(room.first(filled));
  return filled;
}

bool CodedLine::guards() const {
  return !is_off() && chooser_.own().peer_supports_line_coding();
}

/// What looks like a message is separated by a filler. The rest then waits in the outbox.
std::size_t CodedLine::transmit_plain(MutableByteView room, Time now) {
  const std::size_t count = chooser_.transmit(room, now);
  composed_ += count;
  const ByteView bytes = ByteView(room).first(count);
  if (count > 0) in_frame_ = !ends_frame(bytes);
  if (!in_frame_) let_answers_through(bytes);
  if (!guards()) return count;
  const std::size_t free = guard_.follow(bytes);
  if (free == count) return count;
  outbox_.append(agreement_.filler());
  outbox_.append(bytes.subspan(free, 1));
  put_guarded(bytes.subspan(free + 1));
  return free;
}

void CodedLine::put_guarded(ByteView bytes) {
  while (!bytes.empty()) {
    const std::size_t free = guards() ? guard_.follow(bytes) : bytes.size();
    outbox_.append(bytes.first(free));
    bytes = bytes.subspan(free);
    if (bytes.empty()) return;
    outbox_.append(agreement_.filler());
    outbox_.append(bytes.first(1));
    bytes = bytes.subspan(1);
  }
}

std::size_t CodedLine::transmit_coded(MutableByteView room, Time now) {
  // A coding adds up to a quarter.
  piece_.resize(std::min(kPiece, std::max<std::size_t>(1, room.size() * 3 / 4)));
  const std::size_t count = chooser_.transmit(piece_, now);
  composed_ += count;
  if (count == 0) return 0;
  if (!chooser_.in_use().link_up() && now - announced_ >= kAnnounceEvery) {
    announced_ = now;
    let_go_on(now);
    guard_.interrupted();
    outbox_.append(agreement_.announcement());
  }
  coded_.clear();
  encoder_.encode(ByteView(piece_).first(count), coded_);
  put_guarded(coded_);
  return outbox_.take(room);
}

Time CodedLine::transmit_due() const {
  if (!outbox_.empty()) return Time{};
  return std::min(chooser_.transmit_due(), speech_due());
}

// ---- Events ----

std::optional<Event> CodedLine::poll() {
  if (std::exchange(tells_, false)) return Event{*told_};
  std::optional<Event> event = chooser_.poll();
  if (event && !is_off()) {
    if (const auto* altered = std::get_if<event::LineAltersBytes>(&*event)) tell_of(altered->change);
  }
  return event;
}

/// A value that the line changes was found while a link is up.
void CodedLine::tell_of(const ByteChange& change) {
  if (clean_.mode != CleanMode::automatic || !chooser_.in_use().link_up()) return;
  if (!chooser_.own().peer_supports_line_coding()) return;
  wire::ByteSet values = agreement_.coding().avoided;
  if (change.kind == ByteChange::Kind::seven_bits) {
    for (std::size_t value = 0x80; value < values.size(); ++value) values.set(value);
  } else {
    values.set(change.value);
    // The one stops a terminal, the other lets it go on.
    if (change.value == kXoff || change.value == kXon) values.set(kXoff).set(kXon);
  }
  agreement_.avoid(values);
}

void CodedLine::line_lost(Time now) {
  outbox_.clear();
  chooser_.line_lost(now);
}

void CodedLine::line_restored(Time now) {
  outbox_.clear();
  reset_codecs();
  agreement_.announce_again();
  deaf_since_ = kNever;
  hello_heard_ = now;
  chooser_.line_restored(now);
}

void CodedLine::shut_down(Time now) {
  agreement_.stop();
  chooser_.shut_down(now);
}

Stats CodedLine::stats() const {
  Stats stats = chooser_.stats();
  stats.wire_bytes_sent += sent_ - composed_;
  stats.wire_bytes_received += received_ - fed_;
  return stats;
}

}  // namespace serialtcp::tunnel
