#include "letters.h"

#include <algorithm>

namespace serialtcp::test {

namespace {

std::size_t index(End end) {
  return end == End::a ? 0 : 1;
}

Bytes contents(const Flow::Letter& letter) {
  Bytes bytes(letter.size);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = pattern_byte(letter.pattern, i);
  return bytes;
}

/// The stream of an event, if it has one.
std::optional<StreamId> stream_of(const Event& event) {
  if (const auto* opened = std::get_if<event::Opened>(&event)) return opened->stream;
  if (const auto* readable = std::get_if<event::Readable>(&event)) return readable->stream;
  if (const auto* writable = std::get_if<event::Writable>(&event)) return writable->stream;
  if (const auto* reset = std::get_if<event::Reset>(&event)) return reset->stream;
  if (const auto* closed = std::get_if<event::Closed>(&event)) return closed->stream;
  return std::nullopt;
}

}  // namespace

Letters::Letters(World& world) : world_(world) {
  world.set_listener([this](End end, const Event& event) { return on_event(end, event); });
}

Association* Letters::open(End end, Duration patience, Priority priority) {
  Purpose purpose(ServiceId{static_cast<std::uint16_t>(all_.size())});
  purpose.kind = StreamKind::datagrams;
  purpose.priority = priority;
  const auto id = world_.pair().at(end).open(purpose, world_.now());
  if (!id) return nullptr;
  Association& association = all_.emplace_back();
  association.purpose = purpose;
  association.opener = end;
  association.patience = patience;
  association.at(end) = *id;
  streams(end)[*id] = &association;
  return &association;
}

bool Letters::send(End end, Association& association, std::size_t size) {
  if (!association.at(end)) return false;
  Flow& flow = association.from(end);
  const Flow::Letter letter{pattern_number(Payload::random, next_pattern_++), size, world_.now()};
  const auto fate = world_.pair().at(end).send_datagram(*association.at(end), contents(letter),
                                                        association.patience, world_.now());
  if (fate != DatagramFate::waits) return false;
  flow.sent.push_back(letter);
  world_.pair().pump(end);
  return true;
}

void Letters::shut(Association& association) {
  for (const End end : {End::a, End::b}) {
    if (association.over(end) || !world_.pair().running(end)) continue;
    // It may have ended already, with the event still pending.
    static_cast<void>(world_.pair().at(end).shut_write(*association.at(end), world_.now()));
    world_.pair().pump(end);
  }
}

void Letters::shut_all() {
  for (Association& one : all_) shut(one);
}

std::uint64_t Letters::received() const {
  std::uint64_t sum = 0;
  for (const Association& one : all_) sum += one.flows[0].count + one.flows[1].count;
  return sum;
}

std::uint64_t Letters::under_way() const {
  std::uint64_t sum = 0;
  for (const Association& one : all_) {
    for (const End sender : {End::a, End::b}) {
      const Flow& flow = one.flows[index(sender)];
      if (one.over(sim::other(sender)) || flow.next == flow.sent.size()) continue;
      const auto unread =
          std::ranges::subrange(flow.sent.begin() + static_cast<std::ptrdiff_t>(flow.next), flow.sent.end());
      sum += std::ranges::max(unread, {}, &Flow::Letter::size).size;
    }
  }
  return sum;
}

bool Letters::all_done() const {
  return std::ranges::all_of(all_,
                             [](const Association& one) { return one.over(End::a) && one.over(End::b); });
}

void Letters::forget(End end) {
  for (const auto& [id, association] : streams(end)) {
    std::optional<ResetReason>& reset = association->reset[index(end)];
    if (!association->closed[index(end)] && !reset) reset = ResetReason::link_lost;
    association->at(end).reset();
  }
  streams(end).clear();
}

bool Letters::on_event(End end, const Event& event) {
  const std::optional<StreamId> id = stream_of(event);
  if (!id) return false;
  if (std::holds_alternative<event::Opened>(event)) return on_opened(end, *id);
  const auto found = streams(end).find(*id);
  if (found == streams(end).end()) return false;
  Association& association = *found->second;
  if (const auto* reset = std::get_if<event::Reset>(&event)) {
    association.reset[index(end)] = reset->reason;
  } else if (std::holds_alternative<event::Closed>(event)) {
    EXPECT_TRUE(association.end_read[index(end)]) << "closed before its end was read";
    association.closed[index(end)] = true;
  } else if (reads && std::holds_alternative<event::Readable>(event)) {
    read(end, *id, association);
  }
  return true;
}

bool Letters::on_opened(End end, StreamId id) {
  const Purpose* const purpose = world_.pair().at(end).purpose(id);
  if (purpose == nullptr || purpose->kind != StreamKind::datagrams) return false;
  Association& association = all_.at(purpose->service.value);
  EXPECT_EQ(*purpose, association.purpose);
  EXPECT_FALSE(association.at(end)) << "opened twice";
  association.at(end) = id;
  streams(end)[id] = &association;
  return true;
}

void Letters::read_all() {
  for (const End end : {End::a, End::b}) {
    for (const auto& [id, association] : streams(end)) read(end, id, *association);
    world_.pair().pump(end);
  }
}

void Letters::read(End end, StreamId id, Association& association) {
  while (true) {
    const auto result = world_.pair().at(end).read_datagram(id, world_.now());
    if (!result) return;
    if (result->datagram) check(end, association, *result->datagram);
    association.end_read[index(end)] |= result->end;
    if (!result->datagram) return;
    if (association.echoes && end != association.opener) send(end, association, result->datagram->size());
  }
}

void Letters::check(End reader, Association& association, const Bytes& datagram) {
  Flow& flow = association.from(sim::other(reader));
  const auto from = flow.sent.begin() + static_cast<std::ptrdiff_t>(flow.next);
  const auto found = std::find_if(from, flow.sent.end(), [&](const Flow::Letter& letter) {
    return letter.size == datagram.size() && contents(letter) == datagram;
  });
  if (found == flow.sent.end()) {
    ADD_FAILURE() << "a datagram of " << datagram.size() << " bytes that nobody sent, or that came before";
    return;
  }
  flow.next = static_cast<std::size_t>(found - flow.sent.begin()) + 1;
  flow.bytes += datagram.size();
  ++flow.count;
  flow.oldest = std::max(flow.oldest, world_.now() - found->sent);
}

}  // namespace serialtcp::test
