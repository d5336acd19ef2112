// Two Endpoints and a cable whose faults the input chooses, while it runs. What is read at either side is
// always a prefix of what was written at the other, and the end is read only after all of it. Datagrams
// arrive complete, once, and in order, if they arrive.
#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "input.h"
#include "sim/pair.h"

namespace serialtcp::fuzz {
namespace {

using sim::End;

Byte pattern(std::uint64_t stream, std::uint64_t offset) {
  // With many escapes and ends of frames.
  constexpr std::array<Byte, 4> kSpecial = {0x1F, 0x7E, 0x7C, 0x00};
  const std::uint64_t mixed = (stream * 0x9E3779B97F4A7C15ULL + offset) * 0xBF58476D1CE4E5B9ULL;
  return (mixed >> 62) == 0 ? kSpecial[(mixed >> 40) & 3U] : static_cast<Byte>(mixed >> 32);
}

/// One direction of a stream: what one side wrote and the other read.
struct Flow {
  std::uint64_t pattern = 0;
  std::uint64_t written = 0;
  std::uint64_t read = 0;
  bool shut = false;
};

class Run {
 public:
  explicit Run(Input input) : input_(input), pair_(config()) {
    pair_.start(End::a);
    pair_.start(End::b);
    go_on(std::chrono::milliseconds(200));
  }

  void all() {
    while (!input_.empty()) act();
  }

 private:
  static sim::PairConfig config() {
    sim::PairConfig config;
    config.a.hold = config.b.hold = std::chrono::hours(10'000);
    config.cable.queue_capacity = 22048;
    // Slow, so that a run is short: bytes cost time.
    config.cable.a.baud = config.cable.b.baud = 19200;
    config.a.nominal_rate = config.b.nominal_rate = 1920;
    return config;
  }

  /// The number of a stream is sent as its service, so that both ends know it.
  struct Side {
    std::map<StreamId, std::size_t> streams;
    std::optional<StreamId> datagrams;
    std::uint64_t sent = 0;    ///< datagrams
    std::uint64_t newest = 0;  ///< the last datagram that was read
  };

  Side& side(End end) { return sides_[end == End::a ? 0 : 1]; }
  /// What `writer` writes to stream `number`.
  Flow& flow(std::size_t number, End writer) { return flows_[number][writer == End::a ? 0 : 1]; }

  void act() {
    const Byte what = input_.u8();
    const End end = (what & 0x80U) != 0 ? End::a : End::b;
    switch (what % 8) {
      case 0:
        open(end);
        break;
      case 1:
        write(end, input_.u8(), input_.u16());
        break;
      case 2:
        shut(end, input_.u8());
        break;
      case 3:
        set_faults();
        break;
      case 4:
        cut_for(std::chrono::milliseconds(input_.u8()));
        break;
      case 5:
        restore(end);
        break;
      case 6:
        send_datagram(end, input_.u16());
        break;
      default:
        go_on(std::chrono::milliseconds(1U + input_.u8() * 4U));
        break;
    }
    take_events(End::a);
    take_events(End::b);
  }

  void open(End end) {
    if (flows_.size() >= 16) return;
    const auto id = pair_.at(end).open(ServiceId{static_cast<std::uint16_t>(flows_.size())}, pair_.now());
    if (!id) return;
    const std::uint64_t number = flows_.size();
    flows_.push_back({Flow{2 * number}, Flow{2 * number + 1}});
    side(end).streams[*id] = number;
    pair_.pump(end);
  }

  /// Uses the only association, which is opened by the first sender.
  void send_datagram(End end, std::size_t size) {
    std::optional<StreamId>& stream = side(end).datagrams;
    if (!stream && datagrams_opened_) return;
    if (!stream) {
      Purpose purpose;
      purpose.kind = StreamKind::datagrams;
      const auto id = pair_.at(end).open(purpose, pair_.now());
      if (!id) return;
      stream = *id;
      datagrams_opened_ = true;
    }
    const std::uint64_t number = side(end).sent + 1;
    const auto fate =
        pair_.at(end).send_datagram(*stream, datagram(number, size), std::chrono::seconds(2), pair_.now());
    if (fate && *fate == DatagramFate::waits) side(end).sent = number;
    pair_.pump(end);
  }

  /// Its number, and then bytes that depend on it.
  static Bytes datagram(std::uint64_t number, std::size_t size) {
    Bytes bytes(std::min(size, limits::kMaxDatagram));
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = i < 8 ? static_cast<Byte>(number >> (8 * i)) : pattern(number + (1U << 20), i);
    return bytes;
  }

  void read_datagrams(End end, StreamId id) {
    while (true) {
      const auto result = pair_.at(end).read_datagram(id, pair_.now());
      if (!result || !result->datagram) return;
      const Bytes& bytes = *result->datagram;
      if (bytes.size() < 8) continue;
      std::uint64_t number = 0;
      for (std::size_t i = 8; i-- > 0;) number = number << 8 | bytes[i];
      demand(bytes == datagram(number, bytes.size()), "a datagram is one that was sent");
      demand(number > side(end).newest && number <= side(sim::other(end)).sent, "and comes once, in order");
      side(end).newest = number;
    }
  }

  std::optional<std::pair<StreamId, std::size_t>> pick(End end, std::uint8_t choice) {
    const auto& streams = side(end).streams;
    if (streams.empty()) return std::nullopt;
    auto it = streams.begin();
    std::advance(it, choice % streams.size());
    return *it;
  }

  void write(End end, std::uint8_t choice, std::size_t count) {
    const auto stream = pick(end, choice);
    if (!stream) return;
    Flow& flow = this->flow(stream->second, end);
    Bytes bytes(count);
    for (std::size_t i = 0; i < count; ++i) bytes[i] = pattern(flow.pattern, flow.written + i);
    flow.written += pair_.at(end).write(stream->first, bytes, pair_.now()).value_or(0);
    pair_.pump(end);
  }

  void shut(End end, std::uint8_t choice) {
    const auto stream = pick(end, choice);
    if (!stream) return;
    if (pair_.at(end).shut_write(stream->first, pair_.now())) flow(stream->second, end).shut = true;
    pair_.pump(end);
  }

  void set_faults() {
    const auto chance = [&] { return input_.u8() / 255.0 / 20; };
    sim::Faults faults;
    faults.ber = chance() / 8;
    faults.drop = chance();
    faults.insert = chance();
    faults.duplicate = chance();
    faults.zero = chance();
    faults.burst = chance() / 16;
    pair_.cable().set_faults(faults);
  }

  void cut_for(Duration duration) {
    pair_.cable().cut(pair_.now());
    go_on(duration);
    pair_.cable().join(pair_.now());
  }

  void restore(End end) {
    pair_.cable().clear_queue(end, pair_.now());
    pair_.at(end).line_lost(pair_.now());
    pair_.at(end).line_restored(pair_.now());
    pair_.pump(end);
  }

  void go_on(Duration duration) {
    const Time until = pair_.now() + duration;
    while (pair_.step(until)) {
      take_events(End::a);
      take_events(End::b);
    }
  }

  void take_events(End end) {
    while (const auto event = pair_.at(end).poll()) {
      if (const auto* opened = std::get_if<event::Opened>(&*event)) {
        if (pair_.at(end).purpose(opened->stream)->kind == StreamKind::datagrams) {
          side(end).datagrams = opened->stream;
          continue;
        }
        demand(opened->service.value < flows_.size(), "only what was opened is opened");
        side(end).streams[opened->stream] = opened->service.value;
      } else if (const auto* readable = std::get_if<event::Readable>(&*event)) {
        if (readable->stream == side(end).datagrams) {
          read_datagrams(end, readable->stream);
        } else {
          read(end, readable->stream);
        }
      } else if (const auto* closed = std::get_if<event::Closed>(&*event)) {
        on_closed(end, closed->stream);
      } else {
        demand(!std::holds_alternative<event::Reset>(*event), "nobody reset a stream");
        demand(!std::holds_alternative<event::LinkDown>(*event), "noise does not end a link");
      }
    }
    pair_.pump(end);
  }

  void read(End end, StreamId id) {
    const auto stream = side(end).streams.find(id);
    if (stream == side(end).streams.end()) return;
    Flow& flow = this->flow(stream->second, sim::other(end));
    Bytes into(5000);
    for (bool more = true; more;) {
      const auto result = pair_.at(end).read(id, into, pair_.now());
      if (!result) return;
      for (std::size_t i = 0; i < result->count; ++i) {
        demand(into[i] == pattern(flow.pattern, flow.read + i), "what is read is what was written");
      }
      flow.read += result->count;
      demand(flow.read <= flow.written, "no more is read than was written");
      demand(!result->end || (flow.shut && flow.read == flow.written), "the end is read after everything");
      more = result->count == into.size();
    }
  }

  void on_closed(End end, StreamId id) {
    const std::size_t number = side(end).streams.at(id);
    for (const Flow& flow : flows_[number]) demand(flow.shut, "a stream closes after both ends have shut it");
    side(end).streams.erase(id);
  }

  Input input_;
  sim::Pair pair_;
  std::array<Side, 2> sides_;
  std::vector<std::array<Flow, 2>> flows_;
  bool datagrams_opened_ = false;
};

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  serialtcp::fuzz::Run({data, std::min<std::size_t>(size, 128)}).all();
  return 0;
}
