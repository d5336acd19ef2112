// An Endpoint with a key, its true peer, and an attacker on the line between them who flips, cuts, repeats
// and invents bytes, and sends hellos with correct check values and any message. Nothing is delivered except
// what the true peer has sent; and when the attacker stops, the two find each other.
#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "input.h"
#include "serialtcp/endpoint.h"
#include "wire/check_value.h"
#include "wire/codec.h"
#include "wire/hello.h"

namespace serialtcp::fuzz {
namespace {

using namespace std::chrono_literals;

EndpointConfig config(Role role) {
  EndpointConfig config;
  config.role = role;
  config.nominal_rate = 1'000'000;
  config.max_streams = 4;
  config.hold = std::chrono::hours(10'000);
  config.key = shared_key();
  return config;
}

class Run {
 public:
  explicit Run(Input input)
      : input_(input),
        ends_{Endpoint(config(Role::server), Entropy{1}), Endpoint(config(Role::client), Entropy{2})} {}

  void all() {
    while (!input_.empty()) act();
    // Whatever was done, the link must come up now. An old offer lasts ten seconds.
    for (int i = 0; i < 3000 && !(ends_[0].link_up() && ends_[1].link_up()); ++i)
      pass(0, 1), pass(1, 0), go_on(10ms);
    demand(ends_[0].link_up() && ends_[1].link_up(), "the two with the key find each other");
  }

 private:
  void act() {
    const Byte what = input_.u8();
    const std::size_t to = what >> 7;
    switch (what % 8) {
      case 0:
      case 1:
        pass(1 - to, to);
        break;
      case 2:
        say_hello(to);
        break;
      case 3:
        feed(to, input_.bytes(what));
        break;
      case 4:
        if (!heard_.empty()) feed(to, heard_[input_.u8() % heard_.size()]);
        break;
      case 5:
        pass_changed(1 - to, to);
        break;
      case 6:
        if (what == 0x7E || what == 0xFE) restart(to);
        break;
      default:
        go_on(std::min<Duration>(input_.duration(), 20s));
        break;
    }
  }

  void feed(std::size_t to, const Bytes& bytes) {
    ends_[to].feed(bytes, now_);
    drain(to);
  }

  Bytes take(std::size_t from) {
    Bytes bytes(4096);
    bytes.resize(ends_[from].transmit(bytes, now_));
    if (!bytes.empty() && heard_.size() < 64) heard_.push_back(bytes);
    return bytes;
  }

  void pass(std::size_t from, std::size_t to) { feed(to, take(from)); }

  void pass_changed(std::size_t from, std::size_t to) {
    Bytes bytes = take(from);
    if (bytes.empty()) return;
    const std::size_t at = input_.u16() % bytes.size();
    const Byte change = input_.u8();
    if (change == 0) {
      bytes.resize(at);
    } else {
      bytes[at] ^= change;
    }
    feed(to, bytes);
  }

  /// With a correct check value, and a message that is part of a recorded one, changed, or invented.
  void say_hello(std::size_t to) {
    wire::Hello hello;
    hello.roles = (input_.u8() & 1U) != 0 ? Role::server : Role::client;
    hello.up = (input_.u8() & 1U) != 0;
    hello.goodbye = (input_.u8() & 1U) != 0;
    hello.session = SessionId{1U + input_.u16()};
    hello.peer = SessionId{input_.u16()};
    hello.max_streams = input_.u16();
    std::array<Byte, wire::kMaxHelloSize + wire::kCheckSize> buffer;
    base::Writer raw(buffer);
    wire::write_hello(hello, raw);
    Bytes message = input_.bytes(input_.u8() % 80U);
    if (input_.u8() % 2 == 0) message.resize(48);
    if (input_.u8() % 4 != 0) {
      wire::write_field_head(wire::HelloField::handshake, message.size(), raw);
      raw.bytes(message);
    }
    wire::CheckValue check{wire::CheckContext{}};
    check.add(raw.written());
    raw.little(check.finish(wire::FrameEnd::plain), wire::kCheckSize);
    wire::Encoder encoder;
    Bytes wire;
    encoder.append_end(wire::FrameEnd::plain, wire);
    encoder.append(raw.written(), wire, wire::Coding::doubled);
    encoder.append_end(wire::FrameEnd::plain, wire);
    feed(to, wire);
  }

  void restart(std::size_t end) {
    Entropy entropy{static_cast<Byte>(3 + restarts_++)};
    ends_[end] = Endpoint(config(end == 0 ? Role::server : Role::client), entropy);
  }

  void go_on(Duration duration) {
    now_ += duration;
    for (std::size_t end = 0; end < 2; ++end) {
      ends_[end].tick(now_);
      drain(end);
    }
  }

  void drain(std::size_t end) {
    while (const auto event = ends_[end].poll()) {
      demand(!std::holds_alternative<event::Opened>(*event), "nobody has opened anything");
      const auto* down = std::get_if<event::LinkDown>(&*event);
      demand(down == nullptr || (down->reason == LinkDownReason::peer_restarted && restarts_ > 0),
             "a link ends only because the true peer was restarted");
    }
  }

  Input input_;
  std::array<Endpoint, 2> ends_;
  Time now_ = Time{} + 1h;
  std::vector<Bytes> heard_;
  unsigned restarts_ = 0;
};

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  serialtcp::fuzz::Run({data, std::min<std::size_t>(size, 4096)}).all();
  return 0;
}
