// What a driver shall do for an RS-485 transceiver that is switched by RTS, as text.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "port/serial_settings.h"

namespace serialtcp::io {

/// "rts-after-send,delay-before=2". The error says what is known.
std::expected<Rs485, std::string> parse_rs485(std::string_view text);
std::string rs485_text(const Rs485& rs485);

}  // namespace serialtcp::io
