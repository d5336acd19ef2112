// What to say to somebody who gives too little, or a word that is not known: what to write instead.
#pragma once

#include <string>
#include <vector>

#include "port/serial_ports.h"

namespace serialtcp::cli {

/// There is no service. `words` are those that stand alone, so perhaps a port and a speed, or none. The first line is a
/// sentence; what follows are examples and the ports of this machine.
std::string no_service_message(const std::vector<std::string>& words,
                               const std::vector<io::PortFound>& ports);

}  // namespace serialtcp::cli
