#include "port/port_holder.h"

#include <fmt/format.h>

namespace serialtcp::io {

std::string text_of(const Holder& holder) {
  return holder.command.empty() ? fmt::format("{}", holder.process)
                                : fmt::format("{} ({})", holder.process, holder.command);
}

}  // namespace serialtcp::io
