#pragma once

#include "model/settings.hpp"

#include <string>
#include <string_view>

namespace berth::v1 {
class ClassConfig;
class Config;
class ContentConfig;
class GrpcConfig;
class IngressConfig;
class ResourcesConfig;
class RuntimeConfig;
class TimeoutsConfig;
} // namespace berth::v1

namespace berth {

class config_checker;

// One function for each section that has more to it than a few texts. Each
// fills in its part of the settings, with the part `node` filled in before.

void read_grpc(config_checker&, const v1::GrpcConfig&, settings&);
void read_ingress(config_checker&, const v1::IngressConfig&, settings&);
void read_housekeeping(config_checker&, const v1::ContentConfig&, settings&);
void read_runtime(config_checker&, const v1::RuntimeConfig&, settings&);
void read_classes(config_checker&, const v1::Config&, settings&);
void read_resources(config_checker&, const v1::ResourcesConfig&, settings&);
void read_timeouts(config_checker&, const v1::TimeoutsConfig&, settings&);

/// What a class limits beyond CPU, memory and processes.
void read_class_controls(config_checker&, const v1::ClassConfig&,
                         const std::string& path, workspace_class&);

/// Whether a blank or a control character is in `text`.
bool has_blanks(std::string_view text);

} // namespace berth
