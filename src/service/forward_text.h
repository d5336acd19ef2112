// Texts about requests to the other end, and about requests of the other end.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "serialtcp/endpoint.h"
#include "serialtcp/event.h"
#include "service/allow_list.h"
#include "wire/address.h"

namespace serialtcp::io {

/// The option that permits it, as in "--allow 10.0.0.1:22".
std::string allowing_option(AllowedTo to, const wire::Address& wanted);

/// Why the other end does not listen as requested; `option` is the option there that permits it.
std::string listen_failure(ResetReason reason, const std::string& option);

/// The warning about a place of this end's own choice that other machines can reach.
std::string exposed_message(std::string_view place);

/// The warning when others than the machine at the other end can connect to what that listens at for this
/// end.
std::optional<std::string> exposed_there(const wire::Address& at);

/// The same, at the end that listens.
std::optional<std::string> exposed_here(const wire::Address& at);

/// The message of an end that refuses.
std::string not_allowed_text(AllowedTo to, const wire::Address& wanted);

}  // namespace serialtcp::io
