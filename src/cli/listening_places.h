// ListeningPlaces: which services of a configuration want to listen at the same place. As fast for thousands
// of them as the file is to read; asks no file system.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "cli/service_spec.h"

namespace serialtcp::cli {

class ListeningPlaces {
 public:
  /// A service: the link and its place among the servers there.
  struct Who {
    std::size_t link = 0;
    std::size_t server = 0;
  };

  /// The first that cannot listen beside this one, if there is any; this one counts from now on.
  std::optional<Who> claim(const ServiceSpec& spec, Who who);

 private:
  /// Those of one port of TCP or UDP, by address.
  struct Port {
    std::map<std::string, Who> by_address;
    std::optional<Who> every_address;
    std::optional<Who> first;
  };

  std::optional<Who> claim_port(Port& port, const io::Target& target, Who who);

  std::map<std::uint16_t, Port> tcp_;
  std::map<std::uint16_t, Port> udp_;
  std::map<std::string, Who> paths_;
};

}  // namespace serialtcp::cli
