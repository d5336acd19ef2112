// The numbers of telnet (RFC 854, 855) and of its option for serial ports (RFC 2217).
#pragma once

#include "serialtcp/bytes.h"

namespace serialtcp::telnet {

inline constexpr Byte kIac = 255;
inline constexpr Byte kDont = 254;
inline constexpr Byte kDo = 253;
inline constexpr Byte kWont = 252;
inline constexpr Byte kWill = 251;
inline constexpr Byte kSb = 250;
inline constexpr Byte kSe = 240;
/// Lower numbers are no commands, also not those of RFC 1184.
inline constexpr Byte kFirstCommand = 236;

inline constexpr Byte kCarriageReturn = 0x0D;
inline constexpr Byte kNul = 0x00;

namespace option {
inline constexpr Byte kBinary = 0;           ///< RFC 856
inline constexpr Byte kEcho = 1;             ///< RFC 857
inline constexpr Byte kSuppressGoAhead = 3;  ///< RFC 858
inline constexpr Byte kComPort = 44;         ///< RFC 2217
}  // namespace option

/// Commands of the option for serial ports. An answer of the server has this number and kFromServer.
namespace com_port {
inline constexpr Byte kSignature = 0;
inline constexpr Byte kSetBaudRate = 1;
inline constexpr Byte kSetDataSize = 2;
inline constexpr Byte kSetParity = 3;
inline constexpr Byte kSetStopSize = 4;
inline constexpr Byte kSetControl = 5;
inline constexpr Byte kNotifyLineState = 6;
inline constexpr Byte kNotifyModemState = 7;
inline constexpr Byte kFlowControlSuspend = 8;
inline constexpr Byte kFlowControlResume = 9;
inline constexpr Byte kSetLineStateMask = 10;
inline constexpr Byte kSetModemStateMask = 11;
inline constexpr Byte kPurgeData = 12;
inline constexpr Byte kFromServer = 100;

// Values of kSetControl.
inline constexpr Byte kNoFlowControl = 1;
inline constexpr Byte kXonXoff = 2;
inline constexpr Byte kHardwareFlowControl = 3;
inline constexpr Byte kDtrOn = 8;
inline constexpr Byte kDtrOff = 9;
inline constexpr Byte kRtsOn = 11;
inline constexpr Byte kRtsOff = 12;
inline constexpr Byte kPurgeBoth = 3;

// Bits of kNotifyLineState.
inline constexpr Byte kOverrun = 0x02;
inline constexpr Byte kParityError = 0x04;
inline constexpr Byte kFramingError = 0x08;
/// Bits of kNotifyModemState that are states, not changes: CD, RI, DSR, CTS.
inline constexpr Byte kModemStates = 0xF0;
}  // namespace com_port

}  // namespace serialtcp::telnet
