// As one helps oneself in a shell.
#include "os/advice.h"

namespace serialtcp::io {

const std::string_view kMoreDescriptors = "raise the limit with ulimit -n";
const std::string_view kOwnAddresses = "ip address shows the ones it has";
const std::string_view kOtherPort = "ports below 1024 need root, choose a higher one";
const std::string_view kIcmpNeeds = "needs the capability CAP_NET_RAW (setcap cap_net_raw+ep serialtcp)";

}  // namespace serialtcp::io
