/* The configuration: defaults, order of the sources, every kind of error, and the text that reproduces it. */
#include <check.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config_merge.h"
#include "ggcn/config.h"
#include "ggcn/resources.h"

static char path[] = "/tmp/ggcn-test-config-XXXXXX";

static void make_file(void) {
    strcpy(path + sizeof path - 7, "XXXXXX");
    const int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(close(descriptor), 0);
}

static void remove_file(void) {
    unlink(path);
}

static ggcn_status load_text(const char *text, ggcn_config **config) {
    FILE *stream = fopen(path, "w");
    ck_assert_ptr_nonnull(stream);
    fputs(text, stream);
    ck_assert_int_eq(fclose(stream), 0);
    const ggcn_config_source source = {.file = path};
    return ggcn_config_load(&source, config);
}

static ggcn_status load_settings(const char *const *settings, size_t count, ggcn_config **config) {
    const ggcn_config_source source = {.settings = settings, .n_settings = count};
    return ggcn_config_load(&source, config);
}

/* In expectations, FILE stands for the path of the test's file. */
static void check_message(ggcn_status status, ggcn_status expected, const char *label, const char *begin,
                          const char *rest, const char *hint) {
    const ggcn_error *error = ggcn_last_error();
    char whole[600];
    snprintf(whole, sizeof whole, "%s%s", strncmp(begin, "FILE", 4) == 0 ? path : "",
             strncmp(begin, "FILE", 4) == 0 ? begin + 4 : begin);
    ck_assert_msg(status == expected, "status %d for: %s", (int)status, label);
    ck_assert_msg(strncmp(error->message, whole, strlen(whole)) == 0, "for: %s\nexpected: %s\nfound:    %s", label,
                  whole, error->message);
    ck_assert_msg(strstr(error->message, rest), "for: %s\nexpected ...%s...\nfound: %s", label, rest, error->message);
    ck_assert_msg(strstr(error->hint, hint), "for: %s\nexpected hint ...%s...\nfound: %s", label, hint, error->hint);
}

START_TEST(defaults_hold_every_key_and_the_documented_values) {
    ggcn_config_merge merge;
    const char *text = ggcn_config_defaults();
    ck_assert_int_eq(ggcn_config_merge_create(1, &merge), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_config_merge_text(&merge, "defaults", true, text, strlen(text)), GGCN_SUCCESS);
    for (size_t i = 0; i < merge.n_keys; i++)
        ck_assert_msg(merge.keys[i].document != NULL, "%s has no default", merge.keys[i].path);
    ggcn_config_merge_destroy(&merge);

    ggcn_config *c;
    const char *const settings[] = {"data.file=a.h5"};
    ck_assert_int_eq(load_settings(settings, 1, &c), GGCN_SUCCESS);
    ck_assert_int_eq(c->model, GGCN_MODEL_WGCN);
    ck_assert_str_eq(c->data.file, "a.h5");
    ck_assert_uint_eq(c->data.size, 0);
    ck_assert_ptr_null(c->data.classes);
    ck_assert_uint_eq(c->data.classes_count, 0);
    ck_assert_uint_eq(c->data.limit, 0);
    ck_assert(c->data.pixel_min == -1.0f && c->data.pixel_max == 1.0f);
    ck_assert_str_eq(c->potential.network, "small");
    ck_assert_int_eq(c->potential.theta, GGCN_THETA_POSITIONAL);
    ck_assert(!c->potential.conditional);
    ck_assert(c->potential.reference_sigma == 10);
    ck_assert_int_eq(c->potential.weight_init, GGCN_INIT_HE);
    ck_assert(c->potential.weight_sigma == 0.02 && c->potential.theta_sigma == 0.01);
    ck_assert(c->potential.norm_momentum == 0.1);
    ck_assert_uint_eq(c->sampler.steps, 20);
    ck_assert(c->sampler.step_size == 0.4 && c->sampler.noise_sigma == 0.015 && c->sampler.gradient_clip == 0);
    ck_assert_int_eq(c->sampler.start, GGCN_START_ZERO);
    ck_assert(!c->sampler.clamp && c->sampler.final_step_noiseless);
    ck_assert_int_eq(c->sampler.precision, GGCN_PRECISION_F32);
    ck_assert_uint_eq(c->learning.iterations, 300);
    ck_assert_uint_eq(c->learning.observed, 100);
    ck_assert_uint_eq(c->learning.chains, 100);
    ck_assert_int_eq(c->learning.optimizer.name, GGCN_OPTIMIZER_ADAM);
    ck_assert(c->learning.optimizer.rate == 3e-4 && c->learning.optimizer.beta1 == 0.5);
    ck_assert(c->learning.optimizer.beta2 == 0.999 && c->learning.optimizer.epsilon == 1e-8);
    ck_assert(c->learning.optimizer.momentum == 0.9);
    ck_assert_int_eq(c->learning.schedule.name, GGCN_SCHEDULE_CONSTANT);
    ck_assert_uint_eq(c->learning.schedule.every, 100);
    ck_assert(c->learning.schedule.factor == 0.5 && c->learning.schedule.warmup == 0);
    ck_assert(c->jko.beta == 0.1 && c->jko.scaled_by_rate);
    ck_assert_int_eq(c->jko.parameters, GGCN_JKO_ALL);
    ck_assert_uint_eq(c->run.seed, 1);
    ck_assert_uint_eq(c->run.block, 4);
    ck_assert_str_eq(c->run.directory, "runs/one");
    ck_assert_uint_eq(c->output.checkpoint_every, 50);
    ck_assert(c->run.max_walltime == 0 && c->run.grace == 20);
    ck_assert(c->output.checkpoint_minutes == 30);
    ck_assert_uint_eq(c->output.keep, 3);
    ck_assert_uint_eq(c->output.keep_every, 0);
    ck_assert_uint_eq(c->output.grid_every, 50);
    ck_assert_uint_eq(c->output.grid_columns, 10);
    ck_assert_uint_eq(c->output.grid_count, 100);
    ck_assert_uint_eq(c->output.chain_every, 10);
    ggcn_config_destroy(&c);
    ck_assert_ptr_null(c);
}
END_TEST

START_TEST(later_sources_replace_single_keys) {
    FILE *stream = fopen(path, "w");
    fputs("data: {classes: [1, 2, 3], limit: 7}\n"
          "sampler:\n"
          "  steps: 30\n"
          "  clamp: true\n"
          "learning:\n" /* an empty section sets nothing */
          "run: {directory: \"from file\"}\n",
          stream);
    fclose(stream);
    const char *const settings[] = {"sampler.steps=40",
                                    "data.classes=[9, 8]",
                                    "learning.optimizer={name: sgd, rate: 0.5}",
                                    "learning.optimizer.rate=.25",
                                    "jko.parameters=theta",
                                    "run.seed=18446744073709551615",
                                    "data.pixel_min=0",
                                    "potential.network=2024"};
    const ggcn_config_source source = {"fashion-wgcn", path, settings, sizeof settings / sizeof *settings};
    ggcn_config *c;
    ck_assert_msg(ggcn_config_load(&source, &c) == GGCN_SUCCESS, "%s", ggcn_last_error()->message);
    ck_assert_uint_eq(c->sampler.steps, 40); /* setting over file */
    ck_assert(c->sampler.clamp);             /* file over preset */
    ck_assert_str_eq(c->run.directory, "from file");
    ck_assert_str_eq(c->data.file, "dataset.h5"); /* preset over default */
    ck_assert_uint_eq(c->data.size, 28);
    ck_assert_uint_eq(c->output.keep, 3);        /* default */
    ck_assert_uint_eq(c->data.classes_count, 2); /* a sequence is replaced whole */
    ck_assert_uint_eq(c->data.classes[0], 9);
    ck_assert_uint_eq(c->data.classes[1], 8);
    ck_assert_uint_eq(c->data.limit, 7);
    ck_assert_int_eq(c->learning.optimizer.name, GGCN_OPTIMIZER_SGD);
    ck_assert(c->learning.optimizer.rate == 0.25 && c->learning.optimizer.beta1 == 0.5);
    ck_assert_int_eq(c->jko.parameters, GGCN_JKO_THETA);
    ck_assert(c->run.seed == UINT64_MAX);
    ck_assert(c->data.pixel_min == 0);
    ck_assert_str_eq(c->potential.network, "2024");
    ggcn_config_destroy(&c);
}
END_TEST

static const struct {
    const char *text, *begin, *rest, *hint;
} bad_files[] = {
    /* syntax */
    {"model: gcn\nsampler:\n  steps: [1\nrun: {seed: 1}\n", "FILE:4:", "YAML syntax", "quote"},
    {"sampler:\n\tsteps: 1\n", "FILE:2:1: YAML syntax", "", "spaces"},
    {"run: {directory: a: b}\n", "FILE:1:", "YAML syntax", ""},
    {"run: {directory: \"\xff\"}\n", "FILE: not a text", "byte 18", "UTF-8"},
    {"model: gcn\n---\nmodel: wgcn\n", "FILE: a second YAML document begins in line 2", "", "one document"},
    {"- 1\n", "FILE:1: expected a section with the keys model, data", "found a sequence", ""},
    /* unknown keys */
    {"\nsample:\n  steps: 1\n", "FILE:2: unknown key sample", "", "did you mean sampler?"},
    {"model: gcn\nsampler:\n  step: 1\n", "FILE:3: unknown key sampler.step", "", "did you mean steps?"},
    {"sampler:\n  stepsize: 1\n", "FILE:2: unknown key sampler.stepsize", "", "did you mean step_size?"},
    {"learning:\n  optimizer:\n    name: adam\n    beat1: 0.5\n", "FILE:4: unknown key learning.optimizer.beat1", "",
     "did you mean beta1? section learning.optimizer has the keys: name, rate, beta1, beta2, epsilon, momentum"},
    {"learning:\n  rate: 0.5\n", "FILE:2: unknown key learning.rate", "", "did you mean learning.optimizer.rate?"},
    {"jko: {zzz: 1}\n", "FILE:1: unknown key jko.zzz", "",
     "section jko has the keys: beta, parameters, scaled_by_rate"},
    {"learning.chains: 8\n", "FILE:1: unknown key learning.chains", "", "nested"},
    {"[a, b]: 8\n", "FILE:1: a key of the top level must be a word", "", ""},
    /* set twice */
    {"run:\n  seed: 1\n  block: 4\n  seed: 2\n", "FILE:4: run.seed is set twice, first at ", ":2", "one of the two"},
    {"run: {seed: 1}\ndata: {size: 1}\nrun: {block: 1}\n", "FILE:3: run is set twice", ":1", ""},
    /* types */
    {"sampler:\n  steps: many\n", "FILE:2: sampler.steps: expected a whole number from 0 to 4294967295, found \"many\"",
     "", ""},
    {"sampler:\n  steps: 1.5\n", "FILE:2: sampler.steps: expected a whole number", "found \"1.5\"", ""},
    {"sampler: {steps: -1}\n", "FILE:1: sampler.steps: expected a whole number", "found \"-1\"", ""},
    {"sampler: {steps: 010}\n", "FILE:1: sampler.steps: expected a whole number", "found \"010\"", ""},
    {"sampler: {steps: 4294967296}\n", "FILE:1: sampler.steps: expected a whole number", "4294967295", ""},
    {"run: {seed: 18446744073709551616}\n", "FILE:1: run.seed: expected a whole number", "18446744073709551615", ""},
    {"sampler: {steps: \"20\"}\n", "FILE:1: sampler.steps: expected a whole number", "a quoted text", "without quotes"},
    {"sampler:\n  clamp: true\n  steps:\n", "FILE:3: sampler.steps: expected a whole number", "found nothing",
     "remove"},
    {"sampler: {steps: [1]}\n", "FILE:1: sampler.steps: expected a whole number", "found a sequence", ""},
    {"sampler: {steps: {a: 1}}\n", "FILE:1: sampler.steps: expected a whole number", "found a section", ""},
    {"sampler: {step_size: fast}\n", "FILE:1: sampler.step_size: expected a finite number, found \"fast\"", "", ""},
    {"sampler: {step_size: .nan}\n", "FILE:1: sampler.step_size: expected a finite number, found \".nan\"", "", ""},
    {"sampler: {step_size: nan}\n", "FILE:1: sampler.step_size: expected a finite number", "", ""},
    {"sampler: {step_size: inf}\n", "FILE:1: sampler.step_size: expected a finite number", "", ""},
    {"sampler: {step_size: 1e999}\n", "FILE:1: sampler.step_size: expected a finite number", "", ""},
    {"sampler: {step_size: 0x10}\n", "FILE:1: sampler.step_size: expected a finite number", "", ""},
    {"sampler: {step_size: 1e}\n", "FILE:1: sampler.step_size: expected a finite number", "", ""},
    {"sampler: {step_size: .}\n", "FILE:1: sampler.step_size: expected a finite number", "", ""},
    {"data: {pixel_max: 1e39}\n", "FILE:1: data.pixel_max: expected a finite number", "", ""},
    {"sampler: {clamp: 1}\n", "FILE:1: sampler.clamp: expected true or false, found \"1\"", "", ""},
    {"sampler: {clamp: yes}\n", "FILE:1: sampler.clamp: expected true or false, found \"yes\"", "", ""},
    {"model: ggcm\n",
     "FILE:1: model: expected one of frame, wframe, gcn, wgcn, mgcn, wmgcn, ggcn, ggcn-nolhs, ggcn-ams, "
     "ggcn-nolhs-ams, dcgan, found \"ggcm\"",
     "", "did you mean gcn?"},
    {"model: 1\n",
     "FILE:1: model: expected one of frame, wframe, gcn, wgcn, mgcn, wmgcn, ggcn, ggcn-nolhs, ggcn-ams, "
     "ggcn-nolhs-ams, dcgan, found \"1\"",
     "", ""},
    {"learning:\n  optimizer: adam\n",
     "FILE:2: learning.optimizer: expected a section with the keys name, rate, beta1, beta2, epsilon, momentum; "
     "found \"adam\"",
     "", "key: value"},
    {"run:\n  directory: [a]\n", "FILE:2: run.directory: expected a text, found a sequence", "", ""},
    {"run:\n  directory: \"a\\0b\"\n", "FILE:2: run.directory: expected a text", "", ""},
    {"data:\n  classes: 3\n", "FILE:2: data.classes: expected a sequence", "found \"3\"", ""},
    {"data:\n  classes:\n    - 1\n    - x\n", "FILE:4: data.classes[1]: expected a whole number", "found \"x\"", ""},
    {"data: &d\n  classes: [[1]]\n", "FILE:2: data.classes[0]: expected a whole number", "found a sequence", ""},
    {"learning: &l\n  optimizer: *l\n", "FILE:2: unknown key learning.optimizer.optimizer", "", ""},
};

START_TEST(a_bad_file_is_named_with_line_and_key) {
    ggcn_config *config;
    const ggcn_status status = load_text(bad_files[_i].text, &config);
    check_message(status, GGCN_ERROR_CONFIG, bad_files[_i].text, bad_files[_i].begin, bad_files[_i].rest,
                  bad_files[_i].hint);
    ck_assert_ptr_null(config);
}
END_TEST

static const struct {
    const char *setting, *begin, *rest, *hint;
} bad_settings[] = {
    {"learning.chains", "-s learning.chains: expected section.key=value", "", "-s learning.iterations=500"},
    {"=3", "-s =3: expected section.key=value", "", ""},
    {"sampler.stepz=3", "-s sampler.stepz=3: unknown key sampler.stepz", "", "did you mean steps?"},
    {"learning.optimizer.rat=3", "-s learning.optimizer.rat=3: unknown key learning.optimizer.rat", "", "rate"},
    {"sampler..steps=3", "-s sampler..steps=3: unknown key sampler.", "", "section sampler has the keys: steps"},
    {"learning.chains.all=3", "-s learning.chains.all=3: unknown key learning.chains.all",
     "learning.chains is a single value", ""},
    {"learning.chains=", "-s learning.chains=: learning.chains: expected a whole number", "found nothing", ""},
    {"learning.chains=a few", "-s learning.chains=a few: learning.chains: expected a whole number", "\"a few\"", ""},
    {"learning=3", "-s learning=3: learning: expected a section", "found \"3\"", ""},
    {"learning=", "-s learning=: learning: expected a section", "found nothing", ""},
    {"data.classes=[1, 2", "-s data.classes=[1, 2: YAML syntax", "", ""},
    {"learning={chain: 2}", "-s learning={chain: 2}: unknown key learning.chain", "", "did you mean chains?"},
    {"run.seed=1\nmodel: gcn", "-s run.seed=1\nmodel: gcn: YAML syntax", "", ""},
    /* ranges */
    {"data.size=4097", "-s data.size=4097: data.size = 4097: must be at least 0 and at most 4096", "", ""},
    {"data.classes=[3, 1, 3]", "-s data.classes=[3, 1, 3]: data.classes: label 3 appears twice", "", ""},
    {"data.pixel_min=1", "-s data.pixel_min=1: data.pixel_min = 1: must be below data.pixel_max = 1 (built-in default)",
     "", ""},
    {"potential.network=\"\"", "-s potential.network=\"\": potential.network = \"\": no network", "", ""},
    {"potential.reference_sigma=0", "-s potential.reference_sigma=0: potential.reference_sigma = 0: must be above 0",
     "", ""},
    {"potential.weight_sigma=-1", "-s potential.weight_sigma=-1: potential.weight_sigma = -1: must be at least 0", "",
     ""},
    {"potential.theta_sigma=-1e-9", "-s potential.theta_sigma=-1e-9: potential.theta_sigma", "at least 0", ""},
    {"potential.norm_momentum=0", "-s potential.norm_momentum=0", "must be above 0 and at most 1", ""},
    {"potential.norm_momentum=1.01", "-s potential.norm_momentum=1.01", "must be above 0 and at most 1", ""},
    {"inpaint.mask=spots", "-s inpaint.mask=spots: inpaint.mask", "no generator that could complete images",
     "ggcn-ams"},
    {"inpaint.spots=0", "-s inpaint.spots=0: inpaint.spots = 0: must be above 0 and at most 10", "", ""},
    {"inpaint.spot=4097", "-s inpaint.spot=4097: inpaint.spot = 4097: must be at least 0 and at most 4096", "", ""},
    {"sampler.steps=0", "-s sampler.steps=0: sampler.steps = 0: must be at least 1 and at most 16777215", "", ""},
    {"sampler.steps=16777216", "-s sampler.steps=16777216", "at most 16777215", ""},
    {"sampler.step_size=0", "-s sampler.step_size=0: sampler.step_size = 0: must be above 0", "", ""},
    {"sampler.noise_sigma=-0.1", "-s sampler.noise_sigma=-0.1", "at least 0", ""},
    {"sampler.gradient_clip=-1", "-s sampler.gradient_clip=-1", "at least 0", ""},
    {"learning.iterations=0", "-s learning.iterations=0", "at least 1 and at most 4294967295", ""},
    {"learning.iterations=4294967296", "-s learning.iterations=4294967296", "at least 1 and at most 4294967295", ""},
    {"learning.observed=0", "-s learning.observed=0", "at least 1", ""},
    {"learning.chains=0", "-s learning.chains=0", "at least 1", ""},
    {"learning.chains=4294967296", "-s learning.chains=4294967296", "at most 4294967295", ""},
    {"learning.optimizer.rate=0", "-s learning.optimizer.rate=0", "above 0", ""},
    {"learning.optimizer.beta1=1", "-s learning.optimizer.beta1=1", "must be at least 0 and below 1", ""},
    {"learning.optimizer.beta2=-0.1", "-s learning.optimizer.beta2=-0.1", "must be at least 0 and below 1", ""},
    {"learning.optimizer.epsilon=0", "-s learning.optimizer.epsilon=0", "above 0", ""},
    {"learning.optimizer.momentum=1", "-s learning.optimizer.momentum=1", "below 1", ""},
    {"learning.schedule.every=0", "-s learning.schedule.every=0", "must be at least 1", ""},
    {"learning.schedule.factor=0", "-s learning.schedule.factor=0", "must be above 0 and at most 1", ""},
    {"jko.beta=-1", "-s jko.beta=-1", "at least 0", ""},
    {"run.block=0", "-s run.block=0", "at least 1 and at most 4096", ""},
    {"run.block=4097", "-s run.block=4097", "at least 1 and at most 4096", ""},
    {"run.directory=\"\"", "-s run.directory=\"\": run.directory = \"\": no run directory", "", ""},
    {"run.max_walltime=-1", "-s run.max_walltime=-1", "at least 0", ""},
    {"run.grace=-0.5", "-s run.grace=-0.5", "at least 0", ""},
    {"output.checkpoint_minutes=-1", "-s output.checkpoint_minutes=-1", "at least 0", ""},
    {"output.keep=0", "-s output.keep=0", "at least 1", ""},
    {"output.grid_columns=0", "-s output.grid_columns=0", "at least 1", ""},
    {"output.grid_count=0", "-s output.grid_count=0", "at least 1", ""},
    /* against each other */
    {"potential.reference_sigma=0.2",
     "built-in default: sampler.step_size = 0.4: too large for "
     "potential.reference_sigma = 0.2 (-s potential.reference_sigma=0.2): d^2/(2 s_ref^2) = 2 must be below 2",
     "", ""},
    {"potential.reference_sigma=0.01", "built-in default: sampler.step_size = 0.4",
     "d^2/(2 s_ref^2) = 800 must be below 2, or each Langevin step multiplies x by -799",
     "set sampler.step_size below 2 s_ref = 0.02, or potential.reference_sigma above d/2 = 0.2"},
    {"learning.chains=98",
     "-s learning.chains=98: learning.chains = 98: not a multiple of run.block = 4 "
     "(built-in default)",
     "", "set learning.chains to 96 or 100, or run.block to a divisor of it such as 2"},
    {"learning.chains=3", "-s learning.chains=3", "not a multiple", "set learning.chains to 4, or run.block"},
    {"learning.observed=90",
     "-s learning.observed=90: learning.observed = 90: not a multiple of the number of blocks, 25",
     "learning.chains 100 (built-in default) / run.block 4 (built-in default)", "set learning.observed to 75 or 100"},
};

START_TEST(a_bad_setting_is_named_with_its_text) {
    const char *const settings[] = {"data.file=a.h5", bad_settings[_i].setting};
    ggcn_config *config;
    const ggcn_status status = load_settings(settings, 2, &config);
    check_message(status, GGCN_ERROR_CONFIG, bad_settings[_i].setting, bad_settings[_i].begin, bad_settings[_i].rest,
                  bad_settings[_i].hint);
    ck_assert_ptr_null(config);
}
END_TEST

START_TEST(an_impossible_value_is_named_with_the_line_of_its_file) {
    ggcn_config *config;
    const ggcn_status status = load_text("data: {file: a.h5}\n"
                                         "potential:\n"
                                         "  reference_sigma: 0.01\n"
                                         "sampler:\n"
                                         "  step_size: 0.2\n",
                                         &config);
    check_message(status, GGCN_ERROR_CONFIG, "step", "FILE:5: sampler.step_size = 0.2: too large",
                  ":3): d^2/(2 s_ref^2) = 200 must be below 2, or each Langevin step multiplies x by -199", "0.02");
}
END_TEST

START_TEST(the_largest_step_is_below_twice_the_reference_sigma) {
    const char *const settings[] = {"data.file=a.h5", "sampler.step_size=1.999", "potential.reference_sigma=1"};
    ggcn_config *config;
    ck_assert_int_eq(load_settings(settings, 3, &config), GGCN_SUCCESS);
    ck_assert(config->sampler.step_size == 1.999);
    ggcn_config_destroy(&config);
}
END_TEST

START_TEST(missing_things_are_named) {
    ggcn_config *config;
    ggcn_config_source source = {0};
    ggcn_status status = ggcn_config_load(&source, &config);
    check_message(status, GGCN_ERROR_CONFIG, "no data", "built-in default: data.file = \"\": no data set", "",
                  "set data.file");
    source.preset = "fashion";
    status = ggcn_config_load(&source, &config);
    check_message(status, GGCN_ERROR_CONFIG, "preset", "unknown preset fashion", "", "faces64-wmgcn fashion-wgcn");
    source = (ggcn_config_source){.file = "/tmp/no-such-folder/a.yaml"};
    status = ggcn_config_load(&source, &config);
    check_message(status, GGCN_ERROR_IO, "file", "/tmp/no-such-folder/a.yaml: cannot open", "No such file", "path");
    source.file = "/tmp";
    status = ggcn_config_load(&source, &config);
    check_message(status, GGCN_ERROR_IO, "folder", "/tmp: cannot read", "directory", "");
    ck_assert_ptr_null(config);
    ggcn_config_destroy(&config);
}
END_TEST

START_TEST(a_large_file_is_refused) {
    FILE *stream = fopen(path, "w");
    for (int i = 0; i < 300000; i++)
        fputs("# no\n", stream);
    fclose(stream);
    const ggcn_config_source source = {.file = path};
    ggcn_config *config;
    check_message(ggcn_config_load(&source, &config), GGCN_ERROR_CONFIG, "large", "FILE: too large", "1048576", "");
}
END_TEST

START_TEST(an_empty_file_changes_nothing) {
    FILE *stream = fopen(path, "w");
    fputs("# nothing yet\n", stream);
    fclose(stream);
    const ggcn_config_source source = {.preset = "cifar10-wgcn", .file = path};
    ggcn_config *config;
    ck_assert_int_eq(ggcn_config_load(&source, &config), GGCN_SUCCESS);
    ck_assert_str_eq(config->data.file, "cifar10.h5");
    ggcn_config_destroy(&config);
}
END_TEST

START_TEST(every_preset_loads) {
    size_t count, presets = 0;
    const ggcn_resource *resources = ggcn_resources(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(resources[i].kind, "presets") != 0)
            continue;
        const ggcn_config_source source = {.preset = resources[i].name};
        ggcn_config *config;
        ck_assert_msg(ggcn_config_load(&source, &config) == GGCN_SUCCESS, "%s", ggcn_last_error()->message);
        ggcn_config_destroy(&config);
        presets++;
    }
    ck_assert_uint_ge(presets, 21);
}
END_TEST

START_TEST(the_text_reproduces_the_configuration) {
    const char *const settings[] = {"data.file=a.h5"};
    ggcn_config *a, *b;
    ck_assert_int_eq(load_settings(settings, 1, &a), GGCN_SUCCESS);
    a->model = GGCN_MODEL_GCN;
    a->data.pixel_min = -1.0f / 3;
    a->data.pixel_max = 0.1f;
    a->data.limit = UINT64_MAX;
    a->potential.reference_sigma = 1e-4 / 3;
    a->potential.weight_sigma = 0.1;
    a->potential.theta_sigma = 123456.789012345;
    a->sampler.step_size = 1e-5 / 7;
    a->sampler.noise_sigma = 1.0 / 3;
    a->sampler.gradient_clip = 1e22;
    a->sampler.clamp = true;
    a->learning.optimizer.rate = 1e-4;
    a->learning.optimizer.beta1 = 0.1 + 0.2;
    a->learning.optimizer.epsilon = 4.9406564584124654e-324;
    a->learning.schedule.name = GGCN_SCHEDULE_COSINE;
    a->run.seed = UINT64_MAX;
    char *texts[] = {a->data.file, a->run.directory, a->potential.network};
    char file[] = "null", directory[] = "a \"b\": #c\\ [\xc3\xa4\t\xe2\x80\xa8]\n'", network[] = "007";
    a->data.file = file;
    a->run.directory = directory;
    a->potential.network = network;
    uint32_t classes[] = {7, 4294967295u, 0};
    a->data.classes = classes;
    a->data.classes_count = 3;

    char *text, *again;
    ck_assert_int_eq(ggcn_config_text(a, &text), GGCN_SUCCESS);
    ck_assert_msg(ggcn_config_parse(text, strlen(text), &b) == GGCN_SUCCESS, "%s\n%s", ggcn_last_error()->message,
                  text);
    ck_assert_int_eq(ggcn_config_text(b, &again), GGCN_SUCCESS);
    ck_assert_str_eq(text, again);
    ck_assert_int_eq(b->model, GGCN_MODEL_GCN);
    ck_assert(b->data.pixel_min == a->data.pixel_min && b->data.pixel_max == 0.1f);
    ck_assert(b->data.limit == UINT64_MAX && b->run.seed == UINT64_MAX);
    ck_assert(memcmp(&a->sampler, &b->sampler, sizeof a->sampler) == 0);
    ck_assert(b->potential.reference_sigma == a->potential.reference_sigma);
    ck_assert(b->potential.weight_sigma == 0.1 && b->potential.theta_sigma == 123456.789012345);
    ck_assert(b->learning.optimizer.rate == 1e-4 && b->learning.optimizer.beta1 == 0.1 + 0.2);
    ck_assert(b->learning.optimizer.epsilon == 4.9406564584124654e-324);
    ck_assert_int_eq(b->learning.schedule.name, GGCN_SCHEDULE_COSINE);
    ck_assert_str_eq(b->data.file, file);
    ck_assert_str_eq(b->run.directory, directory);
    ck_assert_str_eq(b->potential.network, network);
    ck_assert_uint_eq(b->data.classes_count, 3);
    ck_assert(memcmp(b->data.classes, classes, sizeof classes) == 0);

    a->data.file = texts[0];
    a->run.directory = texts[1];
    a->potential.network = texts[2];
    a->data.classes = NULL;
    a->data.classes_count = 0;
    free(text);
    free(again);
    ggcn_config_destroy(&a);
    ggcn_config_destroy(&b);
}
END_TEST

START_TEST(the_text_is_readable) {
    const char *const settings[] = {"data.file=a.h5", "data.classes=[1, 7]", "learning.optimizer.rate=1e-4"};
    ggcn_config *config;
    char *text;
    ck_assert_int_eq(load_settings(settings, 3, &config), GGCN_SUCCESS);
    ck_assert_int_eq(ggcn_config_text(config, &text), GGCN_SUCCESS);
    const char *const lines[] = {"model: wgcn\ndata:\n  file: \"a.h5\"\n  size: 0\n  classes: [1, 7]\n",
                                 "\n  reference_sigma: 10.0\n", "\n  clamp: false\n",
                                 "\n  optimizer:\n    name: adam\n    rate: 0.0001\n    beta1: 0.5\n",
                                 "\n    epsilon: 1.0e-08\n"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        ck_assert_msg(strstr(text, lines[i]), "no %s in\n%s", lines[i], text);
    free(text);
    config->model = (ggcn_model)77;
    ck_assert_int_eq(ggcn_config_text(config, &text), GGCN_ERROR_ARGUMENT);
    ggcn_config_destroy(&config);
}
END_TEST

START_TEST(a_bad_text_is_named_with_line_and_key) {
    const char text[] = "data: {file: a.h5}\nlearning: {chains: x}\nbeyond the length";
    ggcn_config *config;
    const ggcn_status status = ggcn_config_parse(text, strlen(text) - strlen("beyond the length"), &config);
    check_message(status, GGCN_ERROR_CONFIG, text, "configuration:2: learning.chains", "found \"x\"", "");
    ck_assert_ptr_null(config);
}
END_TEST

START_TEST(models_have_names) {
    ck_assert_str_eq(ggcn_model_name(GGCN_MODEL_GCN), "gcn");
    ck_assert_str_eq(ggcn_model_name(GGCN_MODEL_WGCN), "wgcn");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("config");
    TCase *tests = tcase_create("config");
    tcase_add_checked_fixture(tests, make_file, remove_file);
    tcase_add_test(tests, defaults_hold_every_key_and_the_documented_values);
    tcase_add_test(tests, later_sources_replace_single_keys);
    tcase_add_loop_test(tests, a_bad_file_is_named_with_line_and_key, 0, sizeof bad_files / sizeof *bad_files);
    tcase_add_loop_test(tests, a_bad_setting_is_named_with_its_text, 0, sizeof bad_settings / sizeof *bad_settings);
    tcase_add_test(tests, an_impossible_value_is_named_with_the_line_of_its_file);
    tcase_add_test(tests, the_largest_step_is_below_twice_the_reference_sigma);
    tcase_add_test(tests, missing_things_are_named);
    tcase_add_test(tests, a_large_file_is_refused);
    tcase_add_test(tests, an_empty_file_changes_nothing);
    tcase_add_test(tests, every_preset_loads);
    tcase_add_test(tests, the_text_reproduces_the_configuration);
    tcase_add_test(tests, the_text_is_readable);
    tcase_add_test(tests, a_bad_text_is_named_with_line_and_key);
    tcase_add_test(tests, models_have_names);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
