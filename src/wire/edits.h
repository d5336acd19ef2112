// Edits: how a line that is not 8-bit clean may have changed a damaged frame: one byte was lost, replaced or
// added. The check value tells where this is possible, and which byte it was. A single answer may be chance
// or noise; an answer that is repeated is not (tunnel/byte_watch).
#pragma once

#include <vector>

#include "serialtcp/event.h"
#include "wire/check_value.h"

namespace serialtcp::wire {

/// All single changes that make `body` (with its check value, which is wrong) a correct frame of this
/// context, each once. Only changes that such a line can make are returned: a byte value that never arrives
/// must not occur in the frame. The time is proportional to the body, some 50 us for the longest one.
std::vector<ByteChange> single_edits(ByteView body, FrameEnd end, const CheckContext& context);

}  // namespace serialtcp::wire
