// Front ends and back ends of the kinds that the command line can name.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/service_spec.h"
#include "net/back_end.h"
#include "net/front_end.h"
#include "net/process_shares.h"
#include "net/resolver.h"
#include "os/observer.h"
#include "serialtcp/time.h"

namespace serialtcp::cli {

struct MadeFrontEnd {
  std::unique_ptr<io::FrontEnd> front_end;
  std::vector<std::string> places;         ///< where it listens, as in "127.0.0.1:8080"
  std::vector<std::string> exposed = {};   ///< those of them that other machines can reach
  std::optional<std::uint16_t> port = {};  ///< of TCP
};

/// Listen at once; the error is a whole sentence. `addresses` are those that `at` stands for.
std::expected<MadeFrontEnd, std::string> make_front_end(const io::Target& at,
                                                        const std::vector<io::asio::ip::address>& addresses,
                                                        io::asio::io_context& context,
                                                        io::Observer& observer);
std::expected<MadeFrontEnd, std::string> make_front_end(const UnixPath& at, io::asio::io_context& context,
                                                        io::Observer& observer);

/// "Could not listen on X: ...".
std::string cannot_listen(const std::string& where, const io::ErrorCode& error);

/// Of any place but UDP's. Everything that is referred to outlives the back end.
std::unique_ptr<io::BackEnd> make_back_end(const ServiceSpec& spec, io::asio::io_context& context,
                                           io::Resolver& resolver, io::Observer& observer,
                                           Duration connect_timeout, const io::ProcessShares& shares);

}  // namespace serialtcp::cli
