// The services of one link: what its options offer to the other end. The place for further kinds of them. What is listened
// for is cli/link_listeners.
#pragma once

#include <string>

#include "cli/options.h"
#include "driver/driver.h"
#include "net/process_shares.h"
#include "os/asio.h"
#include "os/observer.h"
#include "service/associations.h"

namespace serialtcp::cli {

/// Sets up all that the other end can reach, and tells the observer what that is. Everything that is referred to
/// outlives the driver.
void set_up_offers(const LinkOptions& options, const io::ProcessShares& shares, io::Driver& driver,
                   io::asio::io_context& context, io::Observer& observer);

/// For the log: " of 'web'", or nothing.
std::string of_service(const ServiceSpec& spec);
/// What the streams of a service are for.
Purpose purpose_of(const ServiceSpec& spec, StreamKind kind);
io::DatagramTerms datagram_terms(const ServiceSpec& spec);

}  // namespace serialtcp::cli
