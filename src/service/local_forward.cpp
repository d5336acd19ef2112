// The stream begins with the address.
#include "service/local_forward.h"

#include <fmt/format.h>

#include <utility>

#include "net/address.h"
#include "service/forward_text.h"
#include "wire/forwarding.h"

namespace serialtcp::io {

void forward(Connections& connections, const wire::Address& to, std::unique_ptr<FrontEnd> front_end) {
  connections.serve(Connections::Incoming{.purpose = services::kForward,
                                          .preface = wire::preface(wire::Forward{to}),
                                          .remark = fmt::format(" to {}", to_string(to)),
                                          .to = to_string(to),
                                          .option = allowing_option(AllowedTo::connect, to)},
                    std::move(front_end));
}

}  // namespace serialtcp::io
