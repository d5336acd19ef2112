// The option negotiation automaton of RFC 1661 section 4, as a table: for each state and event, what is done and which
// state follows. It is the same one for LCP, IPCP and IPV6CP (ppp/control_protocol).
#pragma once

#include <cstdint>

namespace serialtcp::ppp {

enum class State : std::uint8_t {
  initial,   ///< the lower layer is down, and the protocol is not open
  starting,  ///< the lower layer is down, and the protocol is open
  closed,
  stopped,
  closing,
  stopping,
  req_sent,
  ack_rcvd,
  ack_sent,
  opened,
};

/// In the order of the RFC's table.
enum class Event : std::uint8_t {
  up,
  down,
  open,
  close,
  timeout,            ///< TO+: the restart counter is above zero
  last_timeout,       ///< TO-
  good_request,       ///< RCR+
  bad_request,        ///< RCR-
  ack,                ///< RCA
  nak_or_reject,      ///< RCN
  terminate_request,  ///< RTR
  terminate_ack,      ///< RTA
  unknown_code,       ///< RUC
  allowed_reject,     ///< RXJ+
  fatal_reject,       ///< RXJ-
  echo,               ///< RXR
};

/// Bits of Transition::actions. They are done in the order of their values.
namespace action {
inline constexpr std::uint16_t kLayerDown = 1U << 0;         ///< tld
inline constexpr std::uint16_t kInitCount = 1U << 1;         ///< irc
inline constexpr std::uint16_t kZeroCount = 1U << 2;         ///< zrc
inline constexpr std::uint16_t kSendRequest = 1U << 3;       ///< scr
inline constexpr std::uint16_t kSendAck = 1U << 4;           ///< sca
inline constexpr std::uint16_t kSendNak = 1U << 5;           ///< scn
inline constexpr std::uint16_t kSendTerminate = 1U << 6;     ///< str
inline constexpr std::uint16_t kSendTerminateAck = 1U << 7;  ///< sta
inline constexpr std::uint16_t kSendCodeReject = 1U << 8;    ///< scj
inline constexpr std::uint16_t kSendEchoReply = 1U << 9;     ///< ser
inline constexpr std::uint16_t kLayerUp = 1U << 10;          ///< tlu
inline constexpr std::uint16_t kLayerStarted = 1U << 11;     ///< tls
inline constexpr std::uint16_t kLayerFinished = 1U << 12;    ///< tlf
}  // namespace action

struct Transition {
  std::uint16_t actions = 0;
  State next = State::initial;
};

/// An event that cannot happen in a state changes nothing.
Transition transition(State state, Event event);

}  // namespace serialtcp::ppp
