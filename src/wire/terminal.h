// Bytes that a terminal, a login prompt or a shell acts on. Before a peer has answered, the other end may be
// any of these: what is sent then must not be a command, and must not interrupt one. docs/protocol.md, "At a
// terminal".
#pragma once

#include <string>

#include "base/prng.h"
#include "serialtcp/bytes.h"
#include "serialtcp/ids.h"

namespace serialtcp::wire {

/// They let a terminal's output go on, and stop it (IXON in termios(3)).
inline constexpr Byte kXon = 0x11;
inline constexpr Byte kXoff = 0x13;

/// Whether this byte ends or edits a line, sends a signal, stops output, or has a meaning in a shell; also
/// where the eighth bit is ignored (as a login prompt does) or means the Meta key (bash).
bool acts_on_terminal(Byte byte);

bool is_harmless(ByteView bytes);

/// A session of eight letters and digits.
SessionId printable_session(base::Prng& random);
/// The same, lower than nearly all others.
SessionId low_session(base::Prng& random);
/// The bytes of the session as they are in a hello, by which an echo of it is recognised.
std::string text_of(SessionId session);

}  // namespace serialtcp::wire
