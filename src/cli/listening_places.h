// ListeningPlaces: finds services of a configuration that would listen on the same address. Fast for thousands
// of them; does not access the file system.
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

  /// Adds a service. Returns the first one that uses the same place, if there is one.
  std::optional<Who> claim(const ServerSpec& spec, Who who);

 private:
  struct Space {
    std::map<std::string, Who> by_key;
    std::optional<Who> whole;  ///< that claims all of it
    std::optional<Who> first;
  };

  std::map<std::string, Space> spaces_;
};

}  // namespace serialtcp::cli
