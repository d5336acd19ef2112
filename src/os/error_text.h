// Error numbers of the system as ends of sentences that tell the user what to do.
#pragma once

#include <boost/system/error_code.hpp>
#include <string>
#include <string_view>

#include "os/advice.h"
#include "serialtcp/event.h"

namespace serialtcp::io {

/// The errno of an error of Asio's, also where the system has numbers of its own for errors of sockets, as Windows; one that has no
/// errno stays as it is. The functions below take that.
int error_number(const boost::system::error_code& error);

/// What the system has instead of EHOSTDOWN; connect() says it.
extern const int kHostDown;

/// "no file descriptor is free: raise ..."
std::string no_descriptors_text();

/// Completes "could not listen on X: ...".
std::string listen_text(int error);

/// Completes "Could not listen on unix:X: ...".
std::string unix_listen_text(int error);

/// Other errors: the text of the C library, without a capital letter.
std::string plain_text(int error);

/// The reason of a failed bind() or listen(), for the peer that requested it.
ResetReason listen_reason(int error);

/// The reason of a failed connect(), for the peer.
ResetReason connect_reason(int error);

enum class Shortage { none, descriptors, memory };

/// Whether an error means that this process or machine has run out of a resource, and of which.
Shortage shortage(int error);

}  // namespace serialtcp::io
