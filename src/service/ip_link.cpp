#include "service/ip_link.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "ip/answers.h"
#include "ip/header_packer.h"
#include "ip/header_unpacker.h"
#include "os/clock.h"
#include "os/text.h"

namespace serialtcp::io {

namespace {

/// A packet that the line has not begun to take for this time is dropped.
constexpr Duration kPatience = std::chrono::seconds(1);
/// The rate of the line is looked at so often, and the queue is told if it has changed by more than an eighth.
constexpr Duration kLookAtRate = std::chrono::milliseconds(500);
constexpr std::uint64_t kLeastRate = 10;
/// A packet may follow one of its flow by the other lane after this time, so that it does not overtake it.
constexpr Duration kFlowStays = std::chrono::milliseconds(50);
/// With a limit, so many bytes at once.
constexpr std::uint64_t kLimitBursts = 8;
/// As many ICMP messages as a kernel sends.
constexpr std::uint64_t kAnswersAtOnce = 10;
constexpr std::uint64_t kAnswersPerSecond = 10;

std::optional<base::Bucket> bucket_for(const std::optional<std::uint64_t>& limit) {
  if (!limit) return std::nullopt;
  return base::Bucket(std::max<std::uint64_t>(*limit / kLimitBursts, IpLink::kMostPacket), *limit, now());
}

}  // namespace

/// One of its two streams.
class IpLink::Lane final : public StreamHandler {
 public:
  Lane(IpLink& link, LaneKind kind, StreamId id) : link_(&link), kind_(kind), id_(id) {}

  StreamId id() const { return id_; }
  bool has_room() const { return has_room_; }
  /// Its link has nothing to do with it any more.
  void detach() { link_ = nullptr; }

  void send(ByteView packet, Time now) { put(packer_.pack(packet), now); }
  std::uint64_t spared() const { return packer_.spared(); }
  const ip::UnpackCounters& unpacked() const { return unpacker_.counters(); }

  void readable() override {
    while (link_ != nullptr) {
      const auto result = link_->connections_.endpoint().read_datagram(id_, now());
      if (!result) return;
      if (result->datagram) take(*result->datagram);
      if (link_ != nullptr && result->end) return link_->end("closed by the other end");
      if (!result->datagram) break;
    }
    if (link_ != nullptr) link_->connections_.kick();
  }
  void writable() override {
    has_room_ = true;
    if (link_ != nullptr) link_->pump();
  }
  void closed() override { over(ResetReason::aborted, "closed by the other end"); }
  void reset(ResetReason reason) override { over(reason, fmt::format("reset: {}", describe(reason))); }
  void abandon() override {
    if (link_ != nullptr) link_->lanes_[static_cast<std::size_t>(kind_)].reset();
  }
  std::optional<StreamFigures> figures(Time now) const override {
    if (link_ == nullptr || kind_ != LaneKind::bulk) return std::nullopt;
    return link_->figures(now);
  }
  void closed_by_user(std::string_view how) override { over(ResetReason::aborted, how); }

 private:
  void put(ByteView datagram, Time now) {
    Endpoint& endpoint = link_->connections_.endpoint();
    [[maybe_unused]] const auto ignored = endpoint.send_datagram(id_, datagram, kPatience, now);
    has_room_ = endpoint.write_room(id_) > 0;
  }
  void take(ByteView datagram) {
    const Time time = now();
    const auto unpacked = unpacker_.unpack(datagram, time);
    if (unpacked.missing) packer_.missing(*unpacked.missing);
    if (unpacked.answer) put(*unpacked.answer, time);
    if (unpacked.packet) link_->from_other_end(*unpacked.packet);
  }
  void over(ResetReason reason, std::string_view why) {
    if (link_ == nullptr) return;
    IpLink& link = *std::exchange(link_, nullptr);
    link.lanes_[static_cast<std::size_t>(kind_)].reset();  // its caller keeps this object
    link.lane_over(reason, why);
  }

  IpLink* link_;
  LaneKind kind_;
  StreamId id_;
  bool has_room_ = true;
  ip::HeaderPacker packer_;
  ip::HeaderUnpacker unpacker_;
};

IpLink::IpLink(Connections& connections, std::unique_ptr<PacketPort> port, IpTerms terms)
    : connections_(connections),
      port_(std::move(port)),
      terms_(std::move(terms)),
      queue_(kLeastRate, kMostPacket, {}),
      out_(bucket_for(terms_.limit)),
      in_(bucket_for(terms_.limit)),
      limit_alarm_(connections.context()),
      answers_(kAnswersAtOnce, kAnswersPerSecond) {}

IpLink::~IpLink() {
  for (const auto& lane : lanes_) {
    if (lane) lane->detach();
  }
}

std::expected<void, std::string> IpLink::open_port() {
  if (port_->is_open()) return {};
  return port_->open(
      {.packet = [this](ByteView packet) { from_network(packet); },
       .lost =
           [this](const std::string& why) {
             connections_.observer().note(fmt::format(
                 "WARNING: {}: it is used again as soon as it is there and the other end asks", why));
             end("the interface of this end has gone");
           }});
}

// ---- The lanes ----

IpLink::LaneKind IpLink::lane_of(Priority priority) {
  return priority == Priority::interactive ? LaneKind::urgent : LaneKind::bulk;
}

/// The other lane has one packet at a time, and would be taken for a stream that sends little, which is not paced.
Priority IpLink::priority_of(LaneKind lane) {
  return lane == LaneKind::urgent ? Priority::interactive : Priority::bulk;
}

void IpLink::carry(LaneKind kind, StreamId id) {
  std::shared_ptr<Lane>& lane = lanes_[static_cast<std::size_t>(kind)];
  if (lane) {
    lane->detach();
    connections_.endpoint().reset(lane->id(), ResetReason::aborted, now());
    connections_.let_go(lane->id());
  }
  const bool had_both = has_lanes();
  lane = std::make_shared<Lane>(*this, kind, id);
  connections_.hold(id, lane);
  if (!has_lanes() || had_both) return;
  number_ = connections_.next_number();
  since_ = now();
  sent_ = received_ = {};
  connections_.observer().connection(
      number_, fmt::format("{}IP packets of {}", service_label(terms_.service), port_->name()));
  pump();
}

void IpLink::drop_lanes() {
  for (std::shared_ptr<Lane>& slot : lanes_) {
    const auto lane = std::exchange(slot, nullptr);
    if (!lane) continue;
    lane->detach();
    connections_.endpoint().reset(lane->id(), ResetReason::aborted, now());
    connections_.let_go(lane->id());
    connections_.kick();
  }
}

void IpLink::end(std::string_view why) {
  if (!lanes_[0] && !lanes_[1]) return;
  lane_over(ResetReason::aborted, why);
}

/// A link is of no use with one lane.
void IpLink::lane_over(ResetReason reason, std::string_view why) {
  drop_lanes();
  if (number_ != 0) {
    const auto ending =
        reason == ResetReason::aborted ? Observer::Ending::in_order : Observer::Ending::failed;
    connections_.observer().connection_over(std::exchange(number_, 0), ending,
                                            fmt::format("{}, {}", why, tally()));
  }
  if (over_) over_(reason);
}

void IpLink::go_on() {
  paused_ = false;
  pump();
}

// ---- To the other end ----

void IpLink::from_network(ByteView packet) {
  if (!has_lanes() || paused_) return;
  if (packet.size() > kMostPacket) return answer_too_long(packet);
  queue_.push(Bytes(packet.begin(), packet.end()), now());
  pump();
}

/// As if it were said by who it goes to, since this link has no address of its own.
void IpLink::answer_too_long(ByteView bytes) {
  ++too_long_;
  const auto packet = ip::parse(bytes);
  if (!packet || !answers_.try_take(now())) return;
  if (const auto answer = ip::too_big(*packet, packet->destination, kMostPacket)) port_->send(*answer);
}

void IpLink::follow_line(Time now) {
  if (rate_known_ != Time::min() && now - rate_known_ < kLookAtRate) return;
  rate_known_ = now;
  std::uint64_t rate = std::max(connections_.endpoint().rate(), kLeastRate);
  if (terms_.limit) rate = std::clamp(*terms_.limit, kLeastRate, rate);
  const std::uint64_t change = rate > rate_ ? rate - rate_ : rate_ - rate;
  if (change <= rate_ / 8) return;
  rate_ = rate;
  queue_.set_line(rate, kMostPacket);
}

bool IpLink::may_send(Time now) {
  if (!out_ || out_->available(now) > 0) return true;
  limit_alarm_.start_at(out_->due(1), [this] { pump(); });
  return false;
}

void IpLink::pump() {
  if (!has_lanes() || paused_ || queue_.empty()) return;
  const Time time = now();
  follow_line(time);
  Lane& urgent = *lanes_[static_cast<std::size_t>(LaneKind::urgent)];
  while (urgent.has_room() && may_send(time)) {
    const auto packet = queue_.pop_new(kMostUrgent, flow_in_bulk(time), time);
    if (!packet) break;
    send(urgent, *packet, time);
  }
  Lane& bulk = *lanes_[static_cast<std::size_t>(LaneKind::bulk)];
  while (bulk.has_room() && may_send(time)) {
    const auto packet = queue_.pop(time);
    if (!packet) break;
    remember_bulk(*packet, time);
    send(bulk, *packet, time);
  }
  connections_.kick();
}

void IpLink::send(Lane& lane, ByteView packet, Time now) {
  if (out_) out_->take(packet.size());
  sent_.add(packet.size(), now);
  all_sent_.add(packet.size(), now);
  lane.send(packet, now);
}

void IpLink::remember_bulk(ByteView packet, Time now) {
  const auto parsed = ip::parse(packet);
  bulk_flow_ = parsed ? std::optional(ip::flow_of(*parsed)) : std::nullopt;
  bulk_sent_ = now;
}

/// A packet of that flow may still be in front of the line.
std::optional<ip::FlowKey> IpLink::flow_in_bulk(Time now) const {
  const bool is_there = !lanes_[static_cast<std::size_t>(LaneKind::bulk)]->has_room();
  return is_there || (bulk_sent_ != Time::min() && now - bulk_sent_ < kFlowStays) ? bulk_flow_ : std::nullopt;
}

// ---- From there ----

void IpLink::from_other_end(ByteView bytes) {
  const auto packet = ip::parse(bytes);
  if (!packet || !ip::SourceCheck::is_possible(*packet) ||
      (terms_.sources && !terms_.sources->accepts(*packet))) {
    ++refused_sources_;
    return;
  }
  const Time time = now();
  received_.add(bytes.size(), time);
  all_received_.add(bytes.size(), time);
  if (in_) {
    if (in_->available(time) == 0) return;
    in_->take(bytes.size());
  }
  port_->send(bytes);
}

StreamFigures IpLink::figures(Time now) const {
  return StreamFigures{.number = number_,
                       .since = since_,
                       .sent = sent_.figures(now),
                       .received = received_.figures(now),
                       .target = port_->name()};
}

IpFigures IpLink::ip_figures(Time now) const {
  using State = IpFigures::State;
  PacketPort::Figures port = port_->figures();
  const ip::FlowQueueCounters& queue = queue_.counters();
  return {.service = terms_.service,
          .network = port_->name(),
          .state = !port_->is_open()         ? State::closed
                   : has_lanes() && !paused_ ? State::up
                                             : State::open,
          .addresses = std::move(port.addresses),
          .sent = all_sent_.figures(now),
          .received = all_received_.figures(now),
          .queued = queue_.packets(),
          .dropped = queue.dropped_early + queue.dropped_full,
          .marked = queue.marked,
          .too_long = too_long_,
          .spoofed = refused_sources_ + port.spoofed,
          .refused = port.refused,
          .limited = port.limited,
          .ignored = queue.malformed + port.ignored};
}

std::string IpLink::tally() const {
  const ip::FlowQueueCounters& queue = queue_.counters();
  std::string text = fmt::format("{} packets sent, {} received", sent_.count(), received_.count());
  const auto add = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) text += fmt::format(", {} {}", count, what);
  };
  add(queue.dropped_early + queue.dropped_full, "dropped since they waited too long");
  add(queue.marked, "marked for congestion (ECN)");
  add(too_long_, "refused since they are too long");
  add(refused_sources_, "of the other end refused for their source");
  return text;
}

}  // namespace serialtcp::io
