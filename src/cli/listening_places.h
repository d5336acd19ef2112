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
