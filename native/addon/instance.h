// What one JavaScript environment (the main thread, or a worker) holds of the addon. Nothing here is shared between environments.
#pragma once

#include <napi.h>

#include "job_queue.h"
#include "layer_object.h"
#include "model_object.h"
#include "run_object.h"
#include "wrapped.h"

namespace headscope::addon {

struct Instance {
  explicit Instance(Napi::Env env) : jobs(env) {
    ModelObject::define(env, models);
    RunObject::define(env, runs);
    LayerObject::define(env, layers);
  }
  static Instance& of(Napi::Env env) { return *env.GetInstanceData<Instance>(); }

  JobQueue jobs;
  Wrapped<ModelObject> models;
  Wrapped<RunObject> runs;
  Wrapped<LayerObject> layers;
};

}  // namespace headscope::addon
