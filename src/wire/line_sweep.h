// A sweep: byte values, each between printable characters that tell which one it is, so that the other end sees
// which arrive, are lost, or become others. docs/protocol.md, "Lines that do not carry all bytes".
//
//   Zz ( value high low )*    high: "A" to "P", low: "a" to "p", for the halves of the value
#pragma once

#include <cstddef>
#include <vector>

#include "serialtcp/bytes.h"
#include "serialtcp/event.h"
#include "wire/line_coding.h"

namespace serialtcp::wire {

/// Values that are never in a sweep, since programs between the ends would end, stop or change their mode:
/// signals, the end of input, and the escape of telnet; and the same with the eighth bit.
const ByteSet& unswept();

/// The sweep of these values, without those that are never in one.
Bytes make_sweep(const ByteSet& values);
/// More bytes than a sweep has, even if each value arrives as two.
inline constexpr std::size_t kMaxSweep = 1100;

/// The values of a sweep that have arrived unchanged.
ByteSet arrived(ByteView sweep);

/// What has happened to the values in `bad`, as far as this sweep shows it. If all values above 7F arrive
/// without their highest bit, that is the only change.
std::vector<ByteChange> changes(ByteView sweep, const ByteSet& bad);

/// The values that must be avoided if those in `swept` are what has arrived: also what is not in a sweep, if
/// there may be a terminal on the line.
ByteSet to_avoid(const ByteSet& arrived);

}  // namespace serialtcp::wire
