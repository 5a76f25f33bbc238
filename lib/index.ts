// The package's one door: notebooks import from "genlab" and nowhere else.
export { check } from "./exercise/check";
export { ExerciseError } from "./exercise/exercise-error";
export { tf } from "./tensor/tf";
export { useDevice } from "./tensor/device";
export type { Device } from "./tensor/device";
export { RandomStream, randomStream } from "./tensor/random";
export type { RandomState } from "./tensor/random";
export { allClose, toleranceOf, TOLERANCES } from "./tensor/all-close";
export type { NumbersLike, Tolerance } from "./tensor/all-close";
export { compile } from "./tensor/compile";
export type { CompileOptions, Program, ProgramBase, ProgramSizes, SavedProgram } from "./tensor/compile";
export { call, chain, trainStep } from "./tensor/program-functions";
export type { Draws } from "./tensor/program-functions";
export { programScope } from "./tensor/program-scope";
export { repeat } from "./tensor/repeat";
export type { RecordedOp } from "./tensor/engine";
export type { UpdateRule } from "./tensor/update-rule";
export { checkGradients } from "./tensor/gradients";
export type { GradientOptions, GradientReport, GradientRow } from "./tensor/gradients";

export { linear } from "./nn/linear";
export type { LinearWeights } from "./nn/linear";
export { leakyRelu, sigmoid, softplus, tanh } from "./nn/activations";
export { addBias, relu } from "./nn/bias";
export type { Activation } from "./nn/bias";
export { dense } from "./nn/dense";
export { conv, downsample, upsample } from "./nn/conv";
export type { ConvWeights, Padding } from "./nn/conv";
export { groupNorm } from "./nn/group-norm";
export { bernoulliLogLikelihood, logMeanExp } from "./nn/likelihood";
export { glorotUniform, heConv, heNormal, meanBias, normalInit, torchLinear } from "./nn/initializers";
export { layerNorm } from "./nn/layer-norm";
export type { NormWeights } from "./nn/layer-norm";
export { gelu } from "./nn/gelu";
export { dropped } from "./nn/dropout";
export type { Dropout } from "./nn/dropout";
export { embedding } from "./nn/embedding";
export { canonLayer } from "./nn/canon";
export { causalAttention, causalMask } from "./nn/attention";
export { accuracy, binaryCrossEntropyWithLogits, crossEntropy, crossEntropyRows, mse } from "./nn/losses";
export { adam, adamw, lamb, momentum, rmsprop, sgd } from "./nn/optimizers";
export type { AdamOptions, DecayOptions, LearningRate, Optimizer, OptimizerState } from "./nn/optimizers";

export { profile, profileName } from "./train/profile";
export type { ProfileName } from "./train/profile";
export { train } from "./train/train";
export type { HistoryRow, Metrics, TrainOptions, TrainResult } from "./train/train";
export { Interrupted } from "./train/interrupted";
export { CheckpointError } from "./train/checkpoint";
export type { Checkpointable, CheckpointOptions, Kept } from "./train/checkpoint";

export { loadMnist, DigitSet } from "./data/mnist";
export type { Mnist, PixelRange } from "./data/mnist";
export { Batches, batches } from "./data/batches";
export type { Batch } from "./data/batches";
export { binarise, binarised, binaryTestDigits } from "./data/binarise";
export { loadWeights, readWeightsMetadata, saveWeights } from "./data/weights";
export { dataFile } from "./data/paths";
export { paperMetric, paperRun } from "./data/paper-run";
export type { PaperRun } from "./data/paper-run";

export { convGenerator, convGeneratorLayers, double, labelledCritic, pixelNorm, withLabels } from "./models/conv-gan";
export type { ConvGanConfig } from "./models/conv-gan";
export { coarsened, restyle, restyleWeights, sharpen, sharpenWeights } from "./models/translator";
export type { RestyleWeights, SharpenWeights } from "./models/translator";
export {
  convCriticLayers,
  copyLayers,
  critic,
  criticFeatures,
  criticLayers,
  criticLoss,
  criticObjective,
  flatnessPenalty,
  generator,
  generatorLayers,
  generatorLayersAtMean,
  generatorLoss,
  gradientNorms,
  gradientPenalty,
  interpolate,
  logisticCriticLoss,
  nonSaturatingLoss,
  saturatingLoss,
} from "./models/gan";
export type { GanConfig, GanLayer, PenaltyTerm } from "./models/gan";
export { decodeStep, emptyCache, gptLogits, gptLoss, gptNats, gptParameters, gptWeights, prefill } from "./models/gpt";
export type { GptBlock, GptCache, GptConfig, GptWeights } from "./models/gpt";
export { drawToken, gptBeam, gptContinue } from "./models/gpt-sampling";
export type { Choice, Continuation } from "./models/gpt-sampling";
export { continueTexts, gptPrompt } from "./models/gpt-texts";
export type { Continue, ContinueOptions } from "./models/gpt-texts";
export {
  decode,
  elbo,
  elboTerms,
  encode,
  importanceLogWeights,
  importanceWeightedBound,
  klPerLatent,
  klToStandardNormal,
  reparameterise,
  vaeWeights,
} from "./models/vae";
export type { ElboTerms, Posterior, VaeConfig, VaeWeights } from "./models/vae";
export {
  alphaBarAt,
  ddimStep,
  ddpmStep,
  guide,
  noiseLoss,
  noiseSchedule,
  posteriorVariance,
  predictedNoise,
  predictionTarget,
  predictX0,
  qSample,
  samplingTimes,
  velocity,
} from "./models/diffusion";
export type { Level, NoiseModel, NoiseSchedule, Prediction, StepBack } from "./models/diffusion";
export { labelTensor } from "./models/labels";
export { denoiser, denoiserLoss, denoiserNoise, denoiserWeights, pixelReadings, spreadLevels } from "./models/denoiser";
export { allMoves, errorOfNearestMove, filmGuess, filmLoss, filmNoise, filmWeights } from "./models/film";
export type { FilmSurroundings } from "./models/film";
export { sinusoids, unet, unetWeights } from "./models/unet";
export type { UNetAttention, UNetBlock, UNetConditions, UNetConfig, UNetWeights } from "./models/unet";
export { pixelCnnLogits, pixelCnnNll, pixelCnnWeights } from "./models/pixelcnn";
export type { PixelCnnBlock, PixelCnnConfig, PixelCnnWeights } from "./models/pixelcnn";
export { pixelCnnSample } from "./models/pixelcnn-sampling";
export type { GivenPixels, PixelCnnSamples } from "./models/pixelcnn-sampling";
export { madeDegrees, madeLogits, madeMasks, madeNll, madeWeights } from "./models/made";
export type { MadeConfig, MadeWeights } from "./models/made";
export { DigitClassifier } from "./evaluate/digit-classifier";
export type { ClassifierWeights, Judgement } from "./evaluate/digit-classifier";
export { classifierFeatures, classifierLogits, CLASSIFIER_SHAPES, CLASSIFIER_SIZES } from "./evaluate/digit-classifier";
export { fid, fitGaussian, frechetDistance, frechetDistanceFrom } from "./evaluate/frechet";
export type { FeatureVectors, Gaussian } from "./evaluate/frechet";
export { confidentShare, coverage } from "./evaluate/coverage";
export type { Coverage } from "./evaluate/coverage";
export { strokeStyle, strokeStyles, styleNames, STYLE_LIMITS } from "./evaluate/stroke-style";
export type { StrokeLean, StrokeStyle, StrokeWeight } from "./evaluate/stroke-style";
export { nearestDigits } from "./evaluate/nearest";
export type { Nearest, PictureSet } from "./evaluate/nearest";
export { activeUnits } from "./evaluate/active-units";
export type { ActiveUnits } from "./evaluate/active-units";
export { auroc } from "./evaluate/auroc";
export { gaussianPixels, independentPixels, meanPlusNoise, trainingCopies } from "./evaluate/baselines";
export { bootstrap, quantile } from "./evaluate/bootstrap";
export type { BootstrapOptions, Interval } from "./evaluate/bootstrap";
export { fidInterval } from "./evaluate/fid-interval";
export { kernelDistance, kid } from "./evaluate/kid";
export type { KernelDistance } from "./evaluate/kid";
export { importanceWeightedNll, negativeLogLikelihood } from "./evaluate/likelihood";
export type { ImportanceOptions, NegativeLogLikelihood } from "./evaluate/likelihood";
export { BernoulliMixture, fitBernoulliMixture, fitIndependentBernoulli } from "./evaluate/bernoulli-mixture";
export type { MixtureOptions } from "./evaluate/bernoulli-mixture";
export { fitPcaGaussian, PcaGaussian } from "./evaluate/pca-gaussian";
export { memorisation } from "./evaluate/memorisation";
export type { Memorisation } from "./evaluate/memorisation";
export { sharpness } from "./evaluate/sharpness";
export { fidYardstick, Yardstick } from "./evaluate/yardstick";
export type { LabelledPictures, Measure } from "./evaluate/yardstick";

// Text: notebook 03.
export { loadText, readText, splitText, TEXTS } from "./data/text";
export type { SplitText, TextName } from "./data/text";
export { CharVocabulary } from "./data/vocabulary";
export { Windows, windows, windowsAt } from "./data/windows";
export type { WindowBatch, WindowsOptions } from "./data/windows";
export { BytePairEncoding, GPT2_BYTES, GPT2_PATTERN, trainBpe } from "./data/bpe";
export type { Merge } from "./data/bpe";
export { GPT2_END_OF_TEXT, gpt2Bpe } from "./data/gpt2-bpe";
export { loadGpt2, saveGpt2 } from "./data/gpt2-weights";
export type { LoadedGpt2 } from "./data/gpt2-weights";
export { dialogues, frequentWords, QUESTION_KINDS } from "./data/dialogues";
export type { Dialogue, QuestionKind } from "./data/dialogues";
export { syntaxErrors, typescriptDeclarations, typescriptText } from "./data/typescript-text";
export { longestCopy } from "./evaluate/copied-span";
export type { CopiedSpan } from "./evaluate/copied-span";
export { textHeat } from "./show/text-heat";
export type { TextHeatOptions } from "./show/text-heat";
export { fitNgram, NgramModel } from "./evaluate/ngram";
export { meanNats, textNats } from "./evaluate/text-likelihood";
export type { MeanNats, TextNatsOptions } from "./evaluate/text-likelihood";

// Sequences: notebook 07b.
export { MU_LAW_LEVELS, MU_LAW_SILENCE, muLawDecode, muLawEdge, muLawEncode } from "./data/mu-law";
export { FORMANTS, makeSound, PITCHES, SOUND_CONDITION, SOUND_RATE, soundCondition, VOICES } from "./data/sounds";
export type { Sound, SoundRequest, Voice } from "./data/sounds";
export { soundPieces, SoundWindows } from "./data/sound-windows";
export type { LearnedSound, SoundWindowsState, WindowSizes } from "./data/sound-windows";
export { edged } from "./data/edged";
export { decodeWav, encodeWav, readWav, writeWav } from "./data/wav";
export type { Recording, WavForm } from "./data/wav";
export {
  drawTune,
  HOLD,
  LONGEST_TUNE,
  nextSymbol,
  noteSymbol,
  symbolNote,
  TUNE_EDGE,
  TUNE_KINDS,
  TUNE_SYMBOLS,
} from "./data/melodies";
export type { TuneKind } from "./data/melodies";
export { TuneListener, tuneNats } from "./data/melody-listener";
export { tuneReport } from "./data/melody-rules";
export type { TuneReport } from "./data/melody-rules";
export { tuneNotes, tuneSound } from "./data/melody-sound";
export type { Note } from "./data/melody-sound";
export {
  AMINO_ACIDS,
  drawProtein,
  FAMILIES,
  familyEntropy,
  PROTEIN_EDGE,
  PROTEIN_SYMBOLS,
  proteinNats,
  proteinText,
  readProtein,
} from "./data/proteins";
export type { ProteinFamily, SitePair } from "./data/proteins";
export { envelope, fitLinearPredictor, formants, LinearCodeModel } from "./evaluate/linear-prediction";
export type { LinearPredictor } from "./evaluate/linear-prediction";
export { normalMass } from "./evaluate/normal";
export { pitchOf } from "./evaluate/pitch";
export type { Pitch, PitchOptions } from "./evaluate/pitch";
export { spectrogram } from "./evaluate/spectrogram";
export type { Spectrogram, SpectrogramOptions } from "./evaluate/spectrogram";
export { audio } from "./show/audio";
export type { AudioOptions, AudioPlayers, NamedSound } from "./show/audio";
export { noteName, pianoRoll } from "./show/piano-roll";
export type { PianoRollOptions, Roll } from "./show/piano-roll";
export { sequenceLogo } from "./show/sequence-logo";
export type { LogoOptions, LogoRow } from "./show/sequence-logo";
export { waveNetRedraw, waveNetSample } from "./models/wavenet-sampling";
export type { WaveNetSamples, WaveNetSampling } from "./models/wavenet-sampling";
export { doublings, receptiveField, waveNetLogits, waveNetLoss, waveNetNats, waveNetWeights } from "./models/wavenet";
export type { WaveNetConfig, WaveNetInput, WaveNetLayer, WaveNetWeights } from "./models/wavenet";
export { gatedUnit } from "./nn/gated";

// Applications of diffusion: notebook 06b.
export { dequantize, exportWeights, importWeights, packWeights, quantize, unpackWeights } from "./data/export";
export type { Precision, Quantized } from "./data/export";
export { caption, CAPTION_LENGTH, CAPTION_WORDS, captionBatch, captionTokens } from "./data/captions";
export type { CaptionedStyle, Choose } from "./data/captions";
export { BouncingDigits, movedOn } from "./data/bouncing";
export type { ClipBatch } from "./data/bouncing";
export { Canvases, cutOut, edgeMaps, inkInside, layoutPlanes } from "./data/canvases";
export type { CanvasBatch, DigitBox } from "./data/canvases";
export { edgeMap, fitted, intersectionOverUnion, overlay, resampled } from "./data/pixel-maps";
export type { Box } from "./data/pixel-maps";
export {
  ALL_STYLES,
  HELD_OUT_STYLES,
  sameStyle,
  STROKE_LEANS,
  STROKE_WEIGHTS,
  StyledDigits,
} from "./data/styled-digits";
export type { FullStyle, StyledBatch } from "./data/styled-digits";
export { ddimSample } from "./models/ddim";
export { textEncoder, textEncoderWeights } from "./models/text-encoder";
export type { TextEncoderConfig, TextEncoderWeights } from "./models/text-encoder";
export { sheared } from "./data/sheared";

export { show } from "./show/show";
export type { DisplayHandle } from "./show/show";
export type { Displayable, MimeBundle } from "./show/mime";
export { Figure, figure } from "./show/figure";
export { histogramFigure, barFigure } from "./show/bar-figure";
export { contourFigure, heatmapFigure } from "./show/heatmap-figure";
export { sampleGrid } from "./show/field";
export { lineFigure, scatterFigure } from "./show/line-figure";
export { surfaceFigure } from "./show/surface-figure";
export { panels } from "./show/panels";
export { imageGrid, Picture } from "./show/image";
export { filmstrip } from "./show/filmstrip";
export { Table, table } from "./show/table";
export { metric } from "./show/metric";
export { explain, flops } from "./show/explain";
export type { ExplainedRow, Explanation } from "./show/explain";
export { formatDuration, formatNumber } from "./show/format";
