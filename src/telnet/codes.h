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
inline constexpr Byte kAreYouThere = 246;
inline constexpr Byte kBreak = 243;
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

// Values of the settings; 0 asks for the value in force. Of 1.5 stop bits, the number is 3.
inline constexpr Byte kParityNone = 1;
inline constexpr Byte kParityOdd = 2;
inline constexpr Byte kParityEven = 3;
inline constexpr Byte kParityMark = 4;
inline constexpr Byte kParitySpace = 5;
inline constexpr Byte kStopOne = 1;
inline constexpr Byte kStopTwo = 2;
inline constexpr Byte kStopOneAndAHalf = 3;

// Values of kSetControl.
inline constexpr Byte kAskFlowControl = 0;
inline constexpr Byte kNoFlowControl = 1;
inline constexpr Byte kXonXoff = 2;
inline constexpr Byte kHardwareFlowControl = 3;
inline constexpr Byte kAskBreak = 4;
inline constexpr Byte kBreakOn = 5;
inline constexpr Byte kBreakOff = 6;
inline constexpr Byte kAskDtr = 7;
inline constexpr Byte kDtrOn = 8;
inline constexpr Byte kDtrOff = 9;
inline constexpr Byte kAskRts = 10;
inline constexpr Byte kRtsOn = 11;
inline constexpr Byte kRtsOff = 12;
inline constexpr Byte kAskInboundFlow = 13;
inline constexpr Byte kNoInboundFlow = 14;
inline constexpr Byte kInboundXonXoff = 15;
inline constexpr Byte kInboundHardware = 16;
inline constexpr Byte kDcdFlowControl = 17;  ///< outbound
inline constexpr Byte kInboundDtr = 18;
inline constexpr Byte kDsrFlowControl = 19;  ///< outbound

// Values of kPurgeData.
inline constexpr Byte kPurgeReceived = 1;
inline constexpr Byte kPurgeToSend = 2;
inline constexpr Byte kPurgeBoth = 3;

// Bits of kNotifyLineState.
inline constexpr Byte kOverrun = 0x02;
inline constexpr Byte kParityError = 0x04;
inline constexpr Byte kFramingError = 0x08;
inline constexpr Byte kBreakDetected = 0x10;
/// Bits of kNotifyModemState that are states, not changes: CD, RI, DSR, CTS.
inline constexpr Byte kModemStates = 0xF0;
inline constexpr Byte kCts = 0x10;
inline constexpr Byte kDsr = 0x20;
inline constexpr Byte kRing = 0x40;
inline constexpr Byte kCarrier = 0x80;
/// A change is reported by the bit of the state, four places lower; of RI, only its end.
inline constexpr int kChangePlaces = 4;
inline constexpr Byte kRingEnded = 0x04;
}  // namespace com_port

}  // namespace serialtcp::telnet
