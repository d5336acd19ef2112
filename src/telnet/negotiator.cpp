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
      state = State::want_yes;
      return yes(side);
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
      return no(side);
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

/// WILL or DO has arrived.
std::optional<Byte> Negotiator::wanted(Side side, Byte option) {
  State& state = states_[index(side)][option];
  switch (state) {
    case State::no:
      if (!accepted_[index(side)][option]) return no(side);
      state = State::yes;
      return yes(side);
    case State::want_no:  // an error of the peer: we had asked for the opposite
      state = State::no;
      return std::nullopt;
    case State::want_no_opposite:  // the same error, and meanwhile it is what we want
    case State::want_yes:
      state = State::yes;
      return std::nullopt;
    case State::want_yes_opposite:
      state = State::want_no;
      return no(side);
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
      state = State::no;
      return no(side);
    case State::want_no_opposite:
      state = State::want_yes;
      return yes(side);
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
