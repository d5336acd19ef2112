// Front ends and back ends of the kinds that the command line can name.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "cli/service_spec.h"
#include "io/back_end.h"
#include "io/front_end.h"
#include "io/observer.h"
#include "io/process_shares.h"
#include "io/resolver.h"
#include "serialtcp/time.h"

namespace serialtcp::cli {

/// Whether other machines can reach it.
enum class Exposed : std::uint8_t { no, yes };

struct MadeFrontEnd {
  std::unique_ptr<io::FrontEnd> front_end;
  std::string where;                  ///< it listens, as in "127.0.0.1:8080"
  std::optional<std::uint16_t> port;  ///< of TCP
  Exposed exposed = Exposed::no;
};

/// Listens at once, but not for UDP, which has no connections. The error is a whole sentence.
std::expected<MadeFrontEnd, std::string> make_front_end(const ServiceSpec& spec,
                                                        io::asio::io_context& context,
                                                        io::Observer& observer);

/// Of any place but UDP's. Everything that is referred to outlives the back end.
std::unique_ptr<io::BackEnd> make_back_end(const ServiceSpec& spec, io::asio::io_context& context,
                                           io::Resolver& resolver, io::Observer& observer,
                                           Duration connect_timeout, const io::ProcessShares& shares);

}  // namespace serialtcp::cli
