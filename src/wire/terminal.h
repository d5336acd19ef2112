// What a terminal, a login prompt or a shell acts on. Before a peer has answered, nobody knows what is at the
// other end: what is said then must not be a command, nor interrupt one. docs/protocol.md, "At a terminal".
#pragma once

#include <string>

#include "base/prng.h"
#include "serialtcp/bytes.h"
#include "serialtcp/ids.h"

namespace serialtcp::wire {

/// Whether this byte ends or edits a line, sends a signal, stops output, or means something to a shell; also
/// where the eighth bit is ignored (a login prompt does) or means the Meta key (bash).
bool acts_on_terminal(Byte byte);

bool is_harmless(ByteView bytes);

/// A session of eight letters and digits.
SessionId printable_session(base::Prng& random);
/// Its bytes as they stand in a hello: how an echo of it is known.
std::string text_of(SessionId session);

}  // namespace serialtcp::wire
