// FakePeer: the other end of one Endpoint, made only of the formats of the line. It does the hello exchange
// correctly, numbers its frames, computes their check values or seals them, and puts into them whatever a
// test needs. With a key it answers the endpoint's handshakes, and begins none.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "secure/ephemerals.h"
#include "secure/handshake.h"
#include "serialtcp/endpoint.h"
#include "wire/check_value.h"
#include "wire/chunk.h"
#include "wire/codec.h"
#include "wire/fingerprint.h"
#include "wire/frame.h"
#include "wire/hello.h"

namespace serialtcp::test {

/// A frame of the endpoint's with a correct check value. The bytes of its DATA chunks are views of `body`.
struct HeardFrame {
  std::uint64_t number = 0;
  bool answer_at_once = false;
  std::uint64_t fingerprint = 0;
  std::optional<wire::Ack> ack;
  Bytes body;
  std::vector<wire::Chunk> chunks;
};

class FakePeer {
 public:
  /// The endpoint is owned by the caller and must outlive the peer.
  explicit FakePeer(Endpoint& endpoint, Time now = Time{} + std::chrono::hours(1),
                    std::optional<Key> key = std::nullopt)
      : endpoint_(endpoint), now_(now), key_(std::move(key)) {
    hello.roles = Role::client;
    hello.session = SessionId{0xFEED};
    hello.max_streams = 16384;
    hello.initial_credit = limits::kInitialCredit;
  }

  /// The contents of its hello; may be changed before connect().
  wire::Hello hello;

  Time now() const { return now_; }
  const std::vector<HeardFrame>& heard() const { return heard_; }
  std::size_t hellos_heard() const { return hellos_heard_; }
  std::size_t goodbyes_heard() const { return goodbyes_heard_; }
  std::size_t overlong_heard() const { return overlong_heard_; }
  std::size_t unreadable_heard() const { return unreadable_heard_; }

  /// Afterwards both ends know each other. Returns whether the link of the endpoint is up.
  bool connect() {
    listen();
    hello.peer = endpoint_session_;
    hello.up = true;
    say_hello();
    return endpoint_.link_up();
  }

  void say_hello() {
    std::array<Byte, wire::kMaxHelloSize + wire::kCheckSize> raw;
    base::Writer writer(raw);
    wire::write_hello(hello, writer);
    if (key_ && !begun_.message.empty()) add_answer(writer);
    wire::CheckValue check{wire::CheckContext{}};
    check.add(writer.written());
    writer.little(check.finish(wire::FrameEnd::plain), wire::kCheckSize);
    feed_frame(coded(writer.written(), wire::FrameEnd::plain, wire::Coding::doubled));
  }

  /// A frame with the next number and these chunks, with or without an ack at its end.
  void say(const Bytes& chunks, const std::optional<wire::Ack>& ack = std::nullopt,
           bool answer_at_once = false) {
    Bytes raw(16 + chunks.size() + 64);
    base::Writer writer(raw);
    wire::write_header({wire::NumberForm::bits32, static_cast<std::uint32_t>(next_number_), answer_at_once},
                       writer);
    for (const Byte byte : chunks) writer.u8(byte);
    if (ack) wire::write_ack(*ack, writer);
    say_raw(writer.written(), ack ? wire::FrameEnd::with_ack : wire::FrameEnd::plain);
  }

  /// A frame with any contents, and the check value or the seal of the next number.
  void say_raw(ByteView body, wire::FrameEnd end) { feed_frame(on_wire(body, end)); }

  /// The same as bytes of the line, which are not sent.
  Bytes on_wire(ByteView body, wire::FrameEnd end = wire::FrameEnd::plain) {
    const std::uint64_t number = next_number_++;
    return coded(keys_ ? sealed(number, body, end) : checked(number, body, end), end, wire::Coding::minimal);
  }

  /// The body of the next frame: these chunks, and a DATA chunk in parts of this length, with their check values.
  Bytes divided(const Bytes& chunks, wire::WireStream stream, wire::WireOffset offset, const Bytes& bytes,
                std::size_t part) const {
    Bytes raw(64 + chunks.size() + bytes.size() * 2);
    base::Writer writer(raw);
    wire::write_header({wire::NumberForm::bits32, static_cast<std::uint32_t>(next_number_), false}, writer);
    writer.bytes(chunks);
    wire::write_parts_mark(part, writer);
    wire::write_data_head(stream, offset, {}, writer);
    for (std::size_t at = 0; at < bytes.size(); at += part) {
      if (at > 0) {
        wire::CheckValue check({hello.session, endpoint_session_, next_number_});
        check.add(writer.written());
        writer.little(check.finish_part(), wire::kCheckSize);
      }
      writer.bytes(ByteView(bytes).subspan(at, std::min(part, bytes.size() - at)));
    }
    return {writer.written().begin(), writer.written().end()};
  }

  /// From now on, until connect(), it behaves like a sender without the key.
  void lose_keys() { keys_.reset(); }

  /// Bits that are flipped on the line in the next frame, if the link is not sealed.
  void damage_next(std::size_t at, Byte bits) { damage_ = {at, bits}; }
  std::uint64_t last_number() const { return next_number_ - 1; }
  /// Of the last frame sent, undamaged.
  std::uint64_t last_fingerprint() const { return last_fingerprint_; }

  /// Sends the same bytes again.
  void repeat_last() { endpoint_.feed(last_said_, now_); }

  /// An ack of everything received so far, nothing missing, with the arrival time of the newest frame.
  wire::Ack ack_all() const {
    wire::Ack ack;
    ack.largest = static_cast<std::uint32_t>(largest_heard_ & 0xFFFFU);
    const auto units = static_cast<std::uint64_t>(largest_arrival_.time_since_epoch() / wire::kArrivalUnit);
    ack.arrival = static_cast<std::uint32_t>(units & ((1U << wire::kArrivalBits) - 1));
    return ack;
  }
  void acknowledge() { say({}, ack_all()); }

  /// The number of the next frame; changing it leaves a gap.
  void skip_numbers(std::uint64_t count) { next_number_ += count; }

  /// Takes what the endpoint has to send now, with buffers of this size.
  void listen(std::size_t room_size = 4096) {
    Bytes room(room_size);
    while (const std::size_t count = endpoint_.transmit(room, now_)) hear(ByteView(room).first(count));
  }

  /// Advances the time in steps, like a caller that wakes up for each deadline.
  void run_for(Duration duration, Duration step = std::chrono::milliseconds(1),
               std::size_t room_size = 4096) {
    const Time end = now_ + duration;
    while (now_ < end) {
      now_ += step;
      if (endpoint_.deadline() <= now_) endpoint_.tick(now_);
      listen(room_size);
    }
  }

  void feed(ByteView bytes) { endpoint_.feed(bytes, now_); }

  /// All chunks of this kind received so far.
  template <class Kind>
  std::vector<Kind> chunks() const {
    std::vector<Kind> found;
    for (const HeardFrame& frame : heard_) {
      for (const wire::Chunk& chunk : frame.chunks) {
        if (const auto* kind = std::get_if<Kind>(&chunk)) found.push_back(*kind);
      }
    }
    return found;
  }
  void forget_heard() { heard_.clear(); }

 private:
  /// A message 1 of the endpoint's, and what it covers.
  struct Begun {
    Bytes message;
    Bytes covered;
  };

  void add_answer(base::Writer& out) {
    wire::write_field_head(wire::HelloField::handshake, secure::kMessageSize, out);
    secure::Handshake handshake(secure::Handshake::Side::responder, *key_, begun_.covered);
    static_cast<void>(handshake.read(begun_.message).value());
    handshake.mix_hash(out.written().subspan(1));
    out.bytes(handshake.write(ephemerals_.next()).value());
    keys_.emplace(handshake.keys());
  }

  Bytes checked(std::uint64_t number, ByteView body, wire::FrameEnd end) {
    const wire::CheckContext context{hello.session, endpoint_session_, number};
    wire::CheckValue check(context);
    check.add(body);
    wire::Fingerprint fingerprint(context);
    fingerprint.add(body);
    last_fingerprint_ = fingerprint.finish(end);
    Bytes raw(body.begin(), body.end());
    const std::uint32_t value = check.finish(end);
    for (unsigned shift = 0; shift < 32; shift += 8) raw.push_back(static_cast<Byte>(value >> shift));
    if (const auto damage = std::exchange(damage_, std::nullopt); damage && damage->at < raw.size()) {
      raw[damage->at] = static_cast<Byte>(raw[damage->at] ^ damage->bits);
    }
    return raw;
  }

  Bytes sealed(std::uint64_t number, ByteView body, wire::FrameEnd end) {
    base::Reader in(body);
    static_cast<void>(wire::read_header(in));
    const std::size_t header = body.size() - in.size();
    secure::Sealer sealer = keys_->seal(number, body.first(header));
    Bytes raw(body.begin(), body.end());
    sealer.seal(body.subspan(header), raw.data() + header);
    const secure::Tag tag = sealer.finish(static_cast<Byte>(end));
    raw.insert(raw.end(), tag.begin(), tag.end());
    return raw;
  }

  static Bytes coded(ByteView raw, wire::FrameEnd end, wire::Coding coding) {
    wire::Encoder encoder;
    Bytes wire;
    encoder.append_end(wire::FrameEnd::plain, wire);
    encoder.append(raw, wire, coding);
    encoder.append_end(end, wire);
    return wire;
  }

  void feed_frame(const Bytes& wire) {
    endpoint_.feed(wire, now_);
    last_said_ = wire;
  }

  void hear(ByteView bytes) {
    while (const auto found = decoder_.next(bytes)) {
      if (found->overlong) ++overlong_heard_;
      if (found->body.size() <= wire::kCheckSize) continue;
      if (!(found->body[0] == wire::kHelloHeader ? hear_hello(found->body) : hear_frame(*found)))
        ++unreadable_heard_;
    }
  }

  bool hear_hello(ByteView body) {
    base::Reader in(body.subspan(1));
    const auto heard = wire::read_hello(in);
    if (!heard) return false;
    ++hellos_heard_;
    if (heard->goodbye) ++goodbyes_heard_;
    if (heard->session != endpoint_session_) {
      next_number_ = 1;
      largest_heard_ = 0;
    }
    endpoint_session_ = heard->session;
    if (heard->handshake && !heard->up) {
      begun_ = {Bytes(heard->handshake->begin(), heard->handshake->end()),
                Bytes(heard->covered.begin(), heard->covered.end())};
    }
    return true;
  }

  bool hear_frame(const wire::Decoder::Found& found) {
    base::Reader in(found.body);
    const auto header = wire::read_header(in);
    if (!header || in.size() < (keys_ ? secure::kTagSize : wire::kCheckSize)) return false;
    HeardFrame frame;
    frame.number = wire::full_number(*header, largest_heard_);
    if (!(keys_ ? read_sealed(found, in.rest(), frame) : read_checked(found, in.rest(), frame))) return false;
    largest_heard_ = std::max(largest_heard_, frame.number);
    largest_arrival_ = now_;
    frame.answer_at_once = header->answer_at_once;
    ByteView chunks = frame.body;
    if (found.end == wire::FrameEnd::with_ack) frame.ack = wire::take_ack(chunks);
    base::Reader chunks_in(chunks);
    while (!chunks_in.empty()) {
      const auto chunk = wire::read_chunk(chunks_in);
      if (!chunk) return false;
      frame.chunks.push_back(*chunk);
    }
    heard_.push_back(std::move(frame));
    return true;
  }

  /// `rest` is what follows the header; puts the chunks and the ack into frame.body.
  bool read_checked(const wire::Decoder::Found& found, ByteView rest, HeardFrame& frame) const {
    const wire::CheckContext context{endpoint_session_, hello.session, frame.number};
    const ByteView covered = found.body.first(found.body.size() - wire::kCheckSize);
    wire::CheckValue check(context);
    check.add(covered);
    wire::Fingerprint fingerprint(context);
    fingerprint.add(covered);
    frame.fingerprint = fingerprint.finish(found.end);
    base::Reader check_in(found.body.last(wire::kCheckSize));
    if (check.finish(found.end) != check_in.little(wire::kCheckSize)) return false;
    rest = rest.first(rest.size() - wire::kCheckSize);
    frame.body.assign(rest.begin(), rest.end());
    return true;
  }

  bool read_sealed(const wire::Decoder::Found& found, ByteView rest, HeardFrame& frame) {
    const ByteView bytes = rest.first(rest.size() - secure::kTagSize);
    frame.body.resize(bytes.size());
    return keys_->open({frame.number, found.body.first(found.body.size() - rest.size()), bytes,
                        static_cast<Byte>(found.end), secure::TagView(rest.last(secure::kTagSize))},
                       frame.body.data());
  }

  Endpoint& endpoint_;
  Time now_;
  std::optional<Key> key_;
  secure::Ephemerals ephemerals_{Entropy{0xFE}};
  Begun begun_;
  std::optional<secure::LinkKeys> keys_;  // once it has answered a handshake
  SessionId endpoint_session_;
  wire::Decoder decoder_;
  Bytes last_said_;
  struct Damage {
    std::size_t at;
    Byte bits;
  };
  std::optional<Damage> damage_;
  std::uint64_t last_fingerprint_ = 0;
  std::uint64_t next_number_ = 1;
  std::uint64_t largest_heard_ = 0;
  Time largest_arrival_{};
  std::vector<HeardFrame> heard_;
  std::size_t hellos_heard_ = 0;
  std::size_t goodbyes_heard_ = 0;
  std::size_t overlong_heard_ = 0;
  std::size_t unreadable_heard_ = 0;
};

/// One chunk as bytes. Several are joined with operator+.
template <class Kind>
Bytes chunk_bytes(const Kind& chunk) {
  std::array<Byte, wire::kMaxOpen> buffer;
  base::Writer writer(buffer);
  wire::write_chunk(chunk, writer);
  return {writer.written().begin(), writer.written().end()};
}

/// A DATA chunk with its length.
inline Bytes data_bytes(wire::WireStream stream, std::optional<wire::WireOffset> offset, const Bytes& bytes) {
  std::array<Byte, wire::kMaxOpen> buffer;
  base::Writer writer(buffer);
  wire::write_data_head(stream, offset, static_cast<std::uint32_t>(bytes.size()), writer);
  Bytes result(writer.written().begin(), writer.written().end());
  result.insert(result.end(), bytes.begin(), bytes.end());
  return result;
}

/// The same for a DATAGRAM that begins with these bytes.
inline Bytes datagram_bytes(wire::WireStream stream, std::uint32_t size,
                            std::optional<wire::WireOffset> offset, const Bytes& bytes) {
  std::array<Byte, wire::kMaxOpen> buffer;
  base::Writer writer(buffer);
  wire::write_datagram_mark(size, writer);
  Bytes result(writer.written().begin(), writer.written().end());
  const Bytes data = data_bytes(stream, offset, bytes);
  result.insert(result.end(), data.begin(), data.end());
  return result;
}

inline Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

/// Takes all events. Why the link went down, if it did.
inline std::optional<LinkDownReason> last_reason_of_down(Endpoint& endpoint) {
  std::optional<LinkDownReason> reason;
  while (const auto event = endpoint.poll()) {
    if (const auto* down = std::get_if<event::LinkDown>(&*event)) reason = down->reason;
  }
  return reason;
}

}  // namespace serialtcp::test
