#include "ppp/control_protocol.h"

#include <algorithm>
#include <array>
#include <utility>

#include "ppp/numbers.h"

namespace serialtcp::ppp {

namespace {

/// The layer has a timer in this state.
bool waits(State state) {
  return state == State::closing || state == State::stopping ||
         (state >= State::req_sent && state < State::opened);
}

std::string list_of(const std::vector<Option>& options, const Options& names) {
  std::string text;
  for (const Option& option : options) {
    if (!text.empty()) text += ", ";
    text += names.name(option.type);
  }
  return text;
}

}  // namespace

Timing timing_of(std::uint64_t rate) {
  constexpr std::uint64_t kBytes = 200;  // of two escaped frames, one each way
  Timing timing;
  if (rate == 0) return timing;
  const Duration travel = std::chrono::nanoseconds(kBytes * 1'000'000'000 / rate);
  timing.first += travel;
  timing.longest = std::max(timing.longest, timing.first);
  timing.quick += travel;
  return timing;
}

void ControlProtocol::open_passively() {
  if (state_ == State::closed) state_ = State::stopped;
}

void ControlProtocol::close(Time now, std::string_view why) {
  farewell_.assign(why.begin(), why.end());
  why_ = "this end closed it";
  run(Event::close, now);
}

void ControlProtocol::reject(Time now) {
  why_ = "the other end rejects the protocol";
  run(Event::fatal_reject, now);
}

void ControlProtocol::run(Event event, Time now) {
  const Transition step = transition(state_, event);
  const State before = std::exchange(state_, step.next);
  if (!waits(state_)) restart_at_ = kNever;
  if (!is_negotiating()) rounds_ = naks_ = 0;
  if (state_ != State::stopping) peer_ended_ = false;
  act(step.actions, before, now);
}

void ControlProtocol::act(std::uint16_t actions, State before, Time now) {
  using namespace action;
  if ((actions & kLayerDown) != 0) events_.layer_down(number_, why_, now);
  if ((actions & kInitCount) != 0) {
    left_ = state_ == State::closing || state_ == State::stopping ? kMaxTerminate : kMaxConfigure;
    sent_ = 0;
  }
  if ((actions & kZeroCount) != 0) {
    left_ = sent_ = 0;
    start_timer(now);
  }
  if ((actions & kSendRequest) != 0) send_request(before, now);
  if ((actions & (kSendAck | kSendNak | kSendTerminateAck | kSendCodeReject)) != 0) {
    events_.send_packet(number_, answer_);
  }
  if ((actions & kSendTerminate) != 0) send_terminate(now);
  if ((actions & kLayerUp) != 0) {
    rounds_ = naks_ = 0;
    events_.layer_up(number_, now);
  }
  if ((actions & kLayerFinished) != 0) events_.layer_finished(number_, why_, now);
}

void ControlProtocol::start_timer(Time now) {
  restart_at_ = now + std::min(timing_.longest, timing_.first * std::max(1, sent_));
}

void ControlProtocol::send_request(State before, Time now) {
  if (before < State::req_sent || before == State::opened) {
    options_.reset();
    asked_for_missing_ = false;
    fresh_ = true;
  }
  if (fresh_) {
    request_.clear();
    options_.append_wanted(request_);
    ++id_;
    answered_ = false;
    fresh_ = false;
  }
  send(code::kConfigureRequest, id_, request_);
  --left_;
  ++sent_;
  sent_at_ = now;
  start_timer(now);
}

void ControlProtocol::send_terminate(Time now) {
  send(code::kTerminateRequest, ++other_id_, farewell_);
  --left_;
  ++sent_;
  start_timer(now);
}

void ControlProtocol::tick(Time now) {
  if (now < restart_at_) return;
  if (state_ == State::ack_rcvd) fresh_ = true;
  if (left_ > 0) return run(Event::timeout, now);
  if (is_negotiating()) why_ = "the other end does not answer";
  run(Event::last_timeout, now);
}

void ControlProtocol::receive(ByteView bytes, Time now) {
  const auto packet = parse_packet(bytes);
  if (!packet || state_ == State::initial || state_ == State::starting) return;
  switch (packet->code) {
    case code::kConfigureRequest:
      return hear_request(*packet, now);
    case code::kConfigureAck:
    case code::kConfigureNak:
    case code::kConfigureReject:
      return hear_answer(*packet, now);
    case code::kTerminateRequest:
      return hear_terminate_request(*packet, now);
    case code::kTerminateAck:
      why_ = "the other end does not know of it any more";
      fresh_ = true;
      return run(Event::terminate_ack, now);
    case code::kCodeReject:
      return hear_code_reject(*packet, now);
    default:
      answer_ = make_packet(code::kCodeReject, ++other_id_, bytes.first(kPacketHeader + packet->data.size()));
      return run(Event::unknown_code, now);
  }
}

// ---- the peer's request ----

void ControlProtocol::hear_request(const Packet& packet, Time now) {
  const auto options = parse_options(packet.data);
  if (!options) return;
  // The pause after a Terminate-Ack is for a peer that has not received it. One that begins anew has.
  if (state_ == State::stopping && peer_ended_) run(Event::last_timeout, now);
  if (state_ == State::closed || state_ == State::closing || state_ == State::stopping) {
    answer_ = make_packet(code::kTerminateAck, packet.id, {});
    return run(Event::good_request, now);
  }
  why_ = "the other end began anew";
  repeat_unheard_request(now);
  const Event event = answer_to(packet, *options);
  run(event, now);
  if (event == Event::bad_request) count_round(now);
}

void ControlProtocol::repeat_unheard_request(Time now) {
  if (answered_ || (state_ != State::req_sent && state_ != State::ack_sent)) return;
  if (now - sent_at_ < timing_.quick) {
    restart_at_ = std::min(restart_at_, now + timing_.quick);
    return;
  }
  // In front of the Ack: a peer that is open would begin anew because of it.
  send(code::kConfigureRequest, id_, request_);
  sent_at_ = now;
  start_timer(now);
}

Event ControlProtocol::answer_to(const Packet& packet, const std::vector<Option>& options) {
  using Kind = Judgement::Kind;
  Bytes naks, rejects;
  std::vector<Option> naked, refused;
  options_.begin_peer();
  for (const Option& option : options) {
    const Judgement judgement = options_.judge(option);
    if (judgement.kind == Kind::nak && naks_ < kMaxFailure) {
      append_option(option.type, judgement.value, naks);
      naked.push_back(option);
    } else if (judgement.kind != Kind::accept) {
      append_option(option.type, option.value, rejects);
      refused.push_back(option);
    }
  }
  if (rejects.empty() && !std::exchange(asked_for_missing_, true)) options_.append_missing(naks);
  if (!rejects.empty()) {
    dispute_ = "the other end insists on " + list_of(refused, options_);
    answer_ = make_packet(code::kConfigureReject, packet.id, rejects);
  } else if (!naks.empty()) {
    ++naks_;
    dispute_ = "the other end insists on its own value of " + list_of(naked, options_);
    answer_ = make_packet(code::kConfigureNak, packet.id, naks);
  } else {
    answer_ = make_packet(code::kConfigureAck, packet.id, packet.data);
    return Event::good_request;
  }
  return Event::bad_request;
}

// ---- the peer's answer ----

void ControlProtocol::hear_answer(const Packet& packet, Time now) {
  why_ = "the other end began anew";
  answer_ = make_packet(code::kTerminateAck, packet.id, {});
  const bool agrees = packet.code == code::kConfigureAck;
  if (is_negotiating()) {
    if (!take_answer(packet)) return;
    if (const std::string problem = options_.problem(); !problem.empty()) return give_up(problem, now);
  }
  run(agrees ? Event::ack : Event::nak_or_reject, now);
  if (!agrees && is_negotiating()) count_round(now);
}

bool ControlProtocol::take_answer(const Packet& packet) {
  // Also the second answer to a request that was repeated.
  if (packet.id != id_ || answered_) return false;
  if (packet.code == code::kConfigureAck) {
    if (!std::ranges::equal(packet.data, request_)) return false;
    options_.acknowledged();
    answered_ = true;
    return true;
  }
  const auto options = parse_options(packet.data);
  if (!options) return false;
  const bool rejects = packet.code == code::kConfigureReject;
  if (rejects && !std::ranges::all_of(*options, [this](const Option& one) { return requested(one); }))
    return false;
  for (const Option& option : *options) {
    if (rejects) {
      options_.rejected(option.type);
    } else {
      options_.naked(option);
    }
  }
  dispute_ = (rejects ? "the other end refuses " : "the other end wants another value of ") +
             list_of(*options, options_);
  answered_ = fresh_ = true;
  return true;
}

bool ControlProtocol::requested(const Option& option) const {
  const auto options = parse_options(request_);
  return options && std::ranges::any_of(*options, [&option](const Option& one) {
           return one.type == option.type && std::ranges::equal(one.value, option.value);
         });
}

void ControlProtocol::count_round(Time now) {
  if (!is_negotiating()) return;
  if (const std::string problem = options_.problem(); !problem.empty()) return give_up(problem, now);
  if (++rounds_ <= kMaxRounds) return;
  give_up(std::string(name_) + " came to no agreement: " + dispute_ + ".", now);
}

void ControlProtocol::give_up(std::string_view why, Time now) {
  rounds_ = naks_ = 0;
  events_.gave_up(number_, why, now);
}

// ---- the end ----

void ControlProtocol::hear_terminate_request(const Packet& packet, Time now) {
  const std::string text = printable(packet.data);
  why_ = text.empty() ? "the other end ended it" : "the other end ended it (\"" + text + "\")";
  answer_ = make_packet(code::kTerminateAck, packet.id, {});
  fresh_ = true;
  peer_ended_ = state_ == State::opened;
  run(Event::terminate_request, now);
}

void ControlProtocol::hear_code_reject(const Packet& packet, Time now) {
  if (packet.data.empty()) return;
  const Byte rejected = packet.data[0];
  events_.code_rejected(number_, rejected);
  if (rejected == 0 || rejected > code::kCodeReject) return run(Event::allowed_reject, now);
  why_ = "the other end does not know what RFC 1661 demands (code " + std::to_string(rejected) + ")";
  run(Event::fatal_reject, now);
}

}  // namespace serialtcp::ppp
