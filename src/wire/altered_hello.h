// Hellos that a line has altered: every occurrence of one byte value in them was lost, replaced or extended. Where the
// value is part of the end of a frame, or occurs in a hello several times, no frame is found whose check value could
// tell (wire/edits). But most of a hello is known before it arrives.
#pragma once

#include <optional>

#include "serialtcp/bytes.h"
#include "serialtcp/event.h"
#include "wire/hello.h"

namespace serialtcp::wire {

/// What the line does to a byte value, if `heard` (bytes as they arrived, some hundred) has at least `hellos` hellos like
/// `own`, and in all of them the same was done to every occurrence of this value. Of `own`, everything is compared
/// except roles, session and the fields that a peer of another version or with a key may not send. The time is
/// proportional to `heard`.
std::optional<ByteChange> altered_hello(ByteView heard, const Hello& own, int hellos);

}  // namespace serialtcp::wire
