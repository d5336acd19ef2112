#include "ip/flow_queue.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "ip/congestion_mark.h"

namespace serialtcp::ip {

FlowQueue::FlowQueue(std::uint64_t rate, std::size_t packet, const FlowQueueLimits& limits)
    : limits_(limits) {
  CHECK(limits.packets >= 1);
  set_line(rate, packet);
}

void FlowQueue::set_line(std::uint64_t rate, std::size_t packet) {
  tuning_ = CodelTuning::for_line(rate, packet);
  largest_ = packet;
  const std::uint64_t in_time = rate * static_cast<std::uint64_t>(limits_.spared.count()) / 1'000'000'000;
  spared_ = std::clamp<std::size_t>(in_time / packet, 2, kSparedPackets);
}

void FlowQueue::push(Bytes datagram, Time now) {
  const auto packet = parse(datagram);
  if (!packet) {
    ++counters_.malformed;
    return;
  }
  const auto [at, is_new] = flows_.try_emplace(flow_of(*packet));
  Flow& flow = at->second;
  if (is_new) {
    flow.deficit = kQuantum;
    new_.push_back(at);
  } else if (flow.waiting.empty() && flow.deficit > 0) {
    // It has not used up what it may send as a new one, and would be forgotten in its next turn.
    const auto turn = std::ranges::find(old_, at);
    if (turn != old_.end()) new_.splice(new_.end(), old_, turn);
  }
  flow.bytes += datagram.size();
  bytes_ += datagram.size();
  ++packets_;
  flow.waiting.push_back({.datagram = std::move(datagram), .since = now, .ecn = packet->ecn});
  make_room();
}

std::optional<Bytes> FlowQueue::pop(Time now) {
  while (!flows_.empty()) {
    Turns& turns = next_turns();
    const auto at = turns.front();
    Flow& flow = at->second;
    if (flow.waiting.empty()) {
      // A new one that was forgotten at once would be new again with its next packet.
      if (&turns == &new_ && !old_.empty()) {
        move_to_old(turns);
      } else {
        turns.pop_front();
        flows_.erase(at);
      }
      continue;
    }
    if (flow.deficit <= 0) {
      flow.deficit += kQuantum;
      move_to_old(turns);
      continue;
    }
    auto datagram = take(flow, now);
    const auto size = static_cast<std::int64_t>(datagram->size());
    flow.deficit -= size;
    new_run_ = &turns == &new_ ? new_run_ + size : 0;
    return datagram;
  }
  return std::nullopt;
}

std::optional<Bytes> FlowQueue::pop_new(std::size_t most, const std::optional<FlowKey>& except, Time now) {
  if (!old_.empty() && new_run_ >= kNewRun * kQuantum) return std::nullopt;
  const auto may_go = [&](Flows::iterator at) {
    const Flow& flow = at->second;
    return !flow.waiting.empty() && flow.deficit > 0 && flow.waiting.front().datagram.size() <= most &&
           at->first != except;
  };
  const auto turn = std::ranges::find_if(new_, may_go);
  if (turn == new_.end()) return std::nullopt;
  const auto at = *turn;
  auto datagram = take(at->second, now);
  const auto size = static_cast<std::int64_t>(datagram->size());
  at->second.deficit -= size;
  new_run_ += size;
  // Nobody else waits, so it has taken nothing from anybody.
  if (packets_ == 0 && old_.empty()) {
    new_run_ = 0;
    new_.erase(turn);
    flows_.erase(at);
  }
  return datagram;
}

FlowQueue::Turns& FlowQueue::next_turns() {
  if (old_.empty()) return new_;
  return new_.empty() || new_run_ >= kNewRun * kQuantum ? old_ : new_;
}

void FlowQueue::move_to_old(Turns& from) {
  old_.splice(old_.end(), from, from.begin());
}

/// The oldest packet that CoDel lets pass. There is one, since the last packet of a flow always passes.
std::optional<Bytes> FlowQueue::take(Flow& flow, Time now) {
  while (!flow.waiting.empty()) {
    const bool is_short = flow.bytes <= spared_ * largest_ || flow.waiting.size() == 1;
    Waiting oldest = take_oldest(flow);
    const bool struck = flow.codel.strikes(tuning_, now - oldest.since, is_short, now);
    if (struck && oldest.ecn == Ecn::not_capable) {
      ++counters_.dropped_early;
      continue;
    }
    if (struck) {
      mark_congestion(oldest.datagram);
      ++counters_.marked;
    }
    ++counters_.passed;
    counters_.passed_bytes += oldest.datagram.size();
    return std::move(oldest.datagram);
  }
  return std::nullopt;
}

FlowQueue::Waiting FlowQueue::take_oldest(Flow& flow) {
  Waiting oldest = std::move(flow.waiting.front());
  flow.waiting.pop_front();
  flow.bytes -= oldest.datagram.size();
  bytes_ -= oldest.datagram.size();
  --packets_;
  return oldest;
}

void FlowQueue::make_room() {
  while (packets_ > limits_.packets || bytes_ > limits_.bytes) {
    const auto at = victim();
    take_oldest(at->second);
    ++counters_.dropped_full;
    if (at->second.waiting.empty() && !new_.empty() && new_.back() == at) {
      new_.pop_back();
      flows_.erase(at);
    }
  }
  if (flows_.size() > 2 * limits_.packets) forget_idle();
}

FlowQueue::Flows::iterator FlowQueue::victim() {
  const auto fatness = [](const auto& item) {
    return item.second.waiting.size() > 1 ? item.second.bytes : 0;
  };
  const auto fattest = std::ranges::max_element(flows_, {}, fatness);
  if (fatness(*fattest) > 0) return fattest;
  const auto waits = [](Flows::iterator at) { return !at->second.waiting.empty(); };
  const auto newest = std::find_if(new_.rbegin(), new_.rend(), waits);
  return newest != new_.rend() ? *newest : *std::find_if(old_.rbegin(), old_.rend(), waits);
}

void FlowQueue::forget_idle() {
  for (Turns* turns : {&new_, &old_}) {
    turns->remove_if([this](Flows::iterator at) {
      const bool idle = at->second.waiting.empty();
      if (idle) flows_.erase(at);
      return idle;
    });
  }
}

}  // namespace serialtcp::ip
