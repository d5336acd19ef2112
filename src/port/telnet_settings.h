// The numbers that RFC 2217 has for the settings of a serial port. They are not in the room of telnet, which does not know
// what a serial port is.
#pragma once

#include <algorithm>
#include <iterator>
#include <optional>

#include "port/serial_settings.h"
#include "serialtcp/bytes.h"
#include "telnet/codes.h"

namespace serialtcp::io {

template <typename Value>
struct NumberOf {
  Byte number;
  Value value;
};

inline constexpr NumberOf<Parity> kParityNumbers[] = {{telnet::com_port::kParityNone, Parity::none},
                                                      {telnet::com_port::kParityOdd, Parity::odd},
                                                      {telnet::com_port::kParityEven, Parity::even},
                                                      {telnet::com_port::kParityMark, Parity::mark},
                                                      {telnet::com_port::kParitySpace, Parity::space}};
inline constexpr NumberOf<StopBits> kStopNumbers[] = {
    {telnet::com_port::kStopOne, StopBits::one},
    {telnet::com_port::kStopTwo, StopBits::two},
    {telnet::com_port::kStopOneAndAHalf, StopBits::one_and_a_half}};
inline constexpr NumberOf<FlowControl> kFlowNumbers[] = {
    {telnet::com_port::kNoFlowControl, FlowControl::none},
    {telnet::com_port::kXonXoff, FlowControl::xon_xoff},
    {telnet::com_port::kHardwareFlowControl, FlowControl::rts_cts}};

/// Empty for a number that has no value here.
template <typename Value, std::size_t kSize>
std::optional<Value> value_of(const NumberOf<Value> (&table)[kSize], Byte number) {
  const auto* const found = std::ranges::find(table, number, &NumberOf<Value>::number);
  return found != std::end(table) ? std::optional(found->value) : std::nullopt;
}

/// Each value has a number.
template <typename Value, std::size_t kSize>
Byte number_of(const NumberOf<Value> (&table)[kSize], Value value) {
  return std::ranges::find(table, value, &NumberOf<Value>::value)->number;
}

}  // namespace serialtcp::io
