// What is said of what the other end asks for, and of what it is asked for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "serialtcp/endpoint.h"
#include "serialtcp/event.h"
#include "service/allow_list.h"
#include "wire/address.h"

namespace serialtcp::io {

/// The option that allows it, as in "--allow 10.0.0.1:22".
std::string allowing_option(AllowedTo to, const wire::Address& wanted);

/// What it means to this end that the other one does not listen where it was asked to; `option` is the one that
/// allows it.
std::string listen_failure(ResetReason reason, const std::string& option);

/// The warning about a place of this end's own choice that other machines can reach.
std::string exposed_message(std::string_view place);

/// The warning when others than the machine at the other end can connect to what that listens at for this
/// end.
std::optional<std::string> exposed_there(const wire::Address& at);

/// The same, at the end that listens.
std::optional<std::string> exposed_here(const wire::Address& at);

/// What an end says that refuses.
std::string not_allowed_text(AllowedTo to, const wire::Address& wanted);

}  // namespace serialtcp::io
