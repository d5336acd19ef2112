#include "telnet/negotiator.h"

#include "telnet/codes.h"

namespace serialtcp::telnet {

namespace {

/// What is sent to have an option used, or not: about our own side WILL and WONT, about the peer's DO and DONT.
Byte yes(Side side) {
  return side == Side::us ? kWill : kDo;
}
Byte no(Side side) {
  return side == Side::us ? kWont : kDont;
}

}  // namespace

std::optional<Byte> Negotiator::enable(Side side, Byte option) {
  State& state = states_[index(side)][option];
  accept(side, option);
  switch (state) {
    case State::no:
      if (!may_say()) return std::nullopt;
      state = State::want_yes;
      return say(yes(side));
    case State::want_no:
      state = State::want_no_opposite;
      return std::nullopt;
    case State::want_yes_opposite:
      state = State::want_yes;
      return std::nullopt;
    case State::yes:
    case State::want_yes:
    case State::want_no_opposite:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Byte> Negotiator::disable(Side side, Byte option) {
  State& state = states_[index(side)][option];
  accepted_[index(side)].reset(option);
  switch (state) {
    case State::yes:
      state = State::want_no;
      return say(no(side));
    case State::want_yes:
      state = State::want_yes_opposite;
      return std::nullopt;
    case State::want_no_opposite:
      state = State::want_no;
      return std::nullopt;
    case State::no:
    case State::want_no:
    case State::want_yes_opposite:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Byte> Negotiator::receive(Byte verb, Byte option) {
  switch (verb) {
    case kWill:
      return wanted(Side::peer, option);
    case kWont:
      return unwanted(Side::peer, option);
    case kDo:
      return wanted(Side::us, option);
    case kDont:
      return unwanted(Side::us, option);
    default:
      return std::nullopt;
  }
}

std::optional<Byte> Negotiator::say(Byte verb) {
  if (!may_say()) return std::nullopt;
  ++messages_;
  return verb;
}

std::optional<Byte> Negotiator::refuse(Side side, Byte option) {
  const bool again = refused_[index(side)][option];
  refused_[index(side)].set(option);
  if (again && limits_.refusals == Limits::Refusals::once) return std::nullopt;
  return say(no(side));
}

/// WILL or DO has arrived.
std::optional<Byte> Negotiator::wanted(Side side, Byte option) {
  State& state = states_[index(side)][option];
  switch (state) {
    case State::no:
      if (!accepted_[index(side)][option]) return refuse(side, option);
      if (!may_say()) return std::nullopt;  // what is not agreed to is not in use
      state = State::yes;
      return say(yes(side));
    case State::want_no:  // an error of the peer: we had asked for the opposite
      state = State::no;
      return std::nullopt;
    case State::want_no_opposite:  // the same error, and meanwhile it is what we want
    case State::want_yes:
      state = State::yes;
      return std::nullopt;
    case State::want_yes_opposite:
      state = State::want_no;
      return say(no(side));
    case State::yes:
      return std::nullopt;
  }
  return std::nullopt;
}

/// WONT or DONT has arrived.
std::optional<Byte> Negotiator::unwanted(Side side, Byte option) {
  State& state = states_[index(side)][option];
  switch (state) {
    case State::yes:
      state = State::no;  // also without an answer
      return say(no(side));
    case State::want_no_opposite:
      state = may_say() ? State::want_yes : State::no;
      return say(yes(side));
    case State::want_no:
    case State::want_yes:
    case State::want_yes_opposite:
      state = State::no;
      return std::nullopt;
    case State::no:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace serialtcp::telnet
