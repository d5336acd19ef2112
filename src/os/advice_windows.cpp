// As one helps oneself at a command prompt.
#include "os/advice.h"

namespace serialtcp::io {

const std::string_view kMoreDescriptors = "end some programs";
const std::string_view kOwnAddresses = "ipconfig shows the ones it has";
const std::string_view kOtherPort =
    "another program has it for itself, or Windows has reserved it (netsh interface ipv4 show excludedportrange "
    "protocol=tcp), choose another one";
const std::string_view kIcmpNeeds = "needs an administrator (start serialtcp as one)";

}  // namespace serialtcp::io
