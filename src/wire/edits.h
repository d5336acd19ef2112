// Edits: what a line that is not 8-bit clean may have done to a damaged frame: one byte of it was lost,
// replaced or added. The check value says where that could have been and which byte it was. A single answer
// may be chance or noise; one that comes again and again is not (tunnel/byte_watch).
#pragma once

#include <vector>

#include "serialtcp/event.h"
#include "wire/check_value.h"

namespace serialtcp::wire {

/// Every single change that makes `body` (with its check value, which is wrong) a correct frame of this
/// context, each once. Only changes that such a line can have made: a value that never arrives is nowhere in
/// the frame. Takes time in proportion to the body: some 50 us for the longest.
std::vector<ByteChange> single_edits(ByteView body, FrameEnd end, const CheckContext& context);

}  // namespace serialtcp::wire
